import { execFile } from 'node:child_process';
import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startChild } from './child-process.ts';
import { startPostgres } from './embedded/postgres.ts';
import { ensureDataDir, freePort } from './embedded/processes.ts';
import { startRedis } from './embedded/redis.ts';
import { SMALL_MEMORY } from './embedded/small-memory.ts';
import { takeLock } from './lock.ts';
import { say, step } from './progress.ts';
import { RotatingLog } from './rotating-log.ts';
import { checkPort, isLoopback, ROOT, readSettings, type Settings } from './settings.ts';
import { type Running, supervise } from './supervised.ts';
import { buildWeb, isWebBuilt } from './web-build.ts';

const dev = process.argv.includes('--dev');
const since = performance.now();
const stopping = new AbortController();
/** In the order they are stopped. */
const running: { server?: Running; worker?: Running; web?: Running; redis?: Running; postgres?: Running } =
  {};
const START_PATIENCE_MS = 10_000;
let unlock = () => {};

async function launch(): Promise<void> {
  const settings = readSettings();
  ensureDataDir(settings.dataDir);
  unlock = await takeLock(join(settings.dataDir, 'launcher.lock'), settings.address);
  await checkPort(settings);

  const embedded = !process.env.DATABASE_URL;
  const [databaseUrl, redisUrl] = await settleAll([
    process.env.DATABASE_URL || database(settings.dataDir),
    process.env.REDIS_URL || queue(settings.dataDir),
    dev ? undefined : web(),
  ]);
  const env = {
    ...process.env,
    HOST: settings.host,
    PORT: String(settings.port),
    DATA_DIR: settings.dataDir,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    // Keep compiled code for the next start.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(settings.dataDir, 'compiled'),
  };
  await task('database prepared', settings, env, ['server/src/prepare.ts', ...(embedded ? ['--demo'] : [])]);
  // Before anybody can ask: what the demo accounts are opened with stands in every copy of this program.
  const isPrivate = isLoopback(settings.host);
  const accounts = embedded ? demoAccounts(env, isPrivate) : undefined;
  if (!isPrivate) await accounts?.then(say);
  await (dev ? startForDevelopment(settings, env) : startForUse(settings, env));
  if (stopping.signal.aborted) return;
  say('');
  say(`Qijian 齐件  ${settings.address}   (ready in ${((performance.now() - since) / 1000).toFixed(1)} s)`);
  if (isPrivate) await accounts?.then(say);
  say(`Data and logs: ${settings.dataDir} · stop with Ctrl-C`);
  const folder = join(settings.dataDir, 'postgres');
  if (embedded && lstatSync(folder).isSymbolicLink()) say(`The database is in ${realpathSync(folder)}`);
}

/** What to say about the demo accounts; where others reach this machine they get random passwords, which are said once. */
async function demoAccounts(env: NodeJS.ProcessEnv, isPrivate: boolean): Promise<string> {
  const args = [
    ...SMALL_MEMORY.args,
    'server/src/seed/demo-passwords.ts',
    ...(isPrivate ? [] : ['--random']),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return stdout.trimEnd();
}

async function database(dataDir: string): Promise<string> {
  const service = await step('Postgres', () => supervise('Postgres', () => startPostgres({ dataDir })));
  running.postgres = service;
  return service.url;
}

async function queue(dataDir: string): Promise<string> {
  const service = await step('Redis', () => supervise('Redis', () => startRedis({ dataDir })));
  running.redis = service;
  return service.url;
}

async function web(): Promise<void> {
  if (isWebBuilt(ROOT)) {
    say('✓ web app is up to date');
    return;
  }
  say('… building the web app');
  await step('web app built', () => buildWeb(ROOT, stopping.signal));
}

async function startForUse(settings: Settings, env: NodeJS.ProcessEnv): Promise<void> {
  const own = { ...env, ...SMALL_MEMORY.env };
  const logs = join(settings.dataDir, 'logs');
  const serverLog = new RotatingLog(join(logs, 'server.log'));
  const workerLog = new RotatingLog(join(logs, 'worker.log'));
  await settleAll([
    step('server', async () => {
      running.server = await supervise('server', () =>
        startChild({
          root: ROOT,
          args: [...SMALL_MEMORY.args, 'server/src/main.ts'],
          env: own,
          log: serverLog,
          ready: () => answers(settings),
        }),
      );
    }),
    step('worker', async () => {
      running.worker = await supervise('worker', () =>
        startChild({
          root: ROOT,
          args: [...SMALL_MEMORY.args, 'workers/src/main.ts'],
          env: own,
          log: workerLog,
        }),
      );
    }),
  ]);
}

/** Vite answers at the usual address and passes the API and sockets on to a server on a port of its own. */
async function startForDevelopment(settings: Settings, env: NodeJS.ProcessEnv): Promise<void> {
  const api = { ...settings, host: '127.0.0.1', port: await freePort() };
  const apiUrl = `http://127.0.0.1:${api.port}`;
  const own = {
    ...env,
    HOST: api.host,
    PORT: String(api.port),
    PUBLIC_URL: process.env.PUBLIC_URL || settings.address,
    NODE_ENV: 'development',
  };
  const start = (args: string[], ready?: () => Promise<void>) =>
    startChild({ root: ROOT, args, env: own, log: undefined, ready });
  running.worker = await start(['--watch', '--watch-preserve-output', 'workers/src/main.ts']);
  running.server = await start(['--watch', '--watch-preserve-output', 'server/src/main.ts'], () =>
    answers({ ...api, address: apiUrl }),
  );
  running.web = await startChild({
    root: join(ROOT, 'web'),
    args: [
      join(ROOT, 'node_modules/vite/bin/vite.js'),
      ...['dev', '--host', settings.host, '--port', String(settings.port), '--strictPort'],
    ],
    env: { ...env, API_URL: apiUrl, NODE_ENV: 'development' },
    log: undefined,
  });
}

async function answers({ address }: Settings): Promise<void> {
  const response = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(2000) });
  if (!response.ok) throw new Error(`${response.status}`);
}

/** Runs one of our scripts to its end. */
async function task(name: string, settings: Settings, env: NodeJS.ProcessEnv, args: string[]): Promise<void> {
  const log = new RotatingLog(join(settings.dataDir, 'logs/prepare.log'));
  await step(name, async () => {
    const child = await startChild({ root: ROOT, args: [...SMALL_MEMORY.args, ...args], env, log });
    await child.exited;
    if (child.code() !== 0) throw new Error(`The database could not be prepared:\n${log.tail()}`);
  });
}

/** Waits for all, also when one fails: what has been started must be known before it is stopped. */
async function settleAll<T extends readonly unknown[]>(
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

let ending: Promise<void> | undefined;

function end(code: number, startup: Promise<unknown>): Promise<void> {
  ending ??= (async () => {
    stopping.abort();
    if (code === 0) say('stopping …');
    // Parts that are not registered by then end with this process all the same: each has a watcher.
    await Promise.race([startup.catch(() => {}), sleep(START_PATIENCE_MS)]);
    for (const part of [running.web, running.server, running.worker, running.redis, running.postgres]) {
      await part?.stop().catch((error: Error) => say(`! ${error.message}`));
    }
    unlock();
    if (code === 0) say('✓ everything is stopped');
    process.exit(code);
  })();
  return ending;
}

const startup = launch();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) {
  process.on(event, () => void end(0, startup));
}
startup.catch((error: Error) => {
  if (!stopping.signal.aborted) process.stderr.write(`\n${error.message}\n`);
  void end(1, startup);
});
// The terminal that read our output may be gone; reporting that would only fail again.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
process.on('uncaughtException', (error) => {
  process.stderr.write(`\n${error.stack}\n`);
  void end(1, startup);
});
