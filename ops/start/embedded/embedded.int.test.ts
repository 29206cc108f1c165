import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeDataDir, TOOLS_DIR, temporaryDataDir } from '@qijian/e2e/fixtures/services.ts';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterEach, expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';
import { type EmbeddedService, endProcess, isAlive } from './processes.ts';
import { startRedis } from './redis.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function folder(): string {
  const dataDir = temporaryDataDir();
  cleanUps.push(() => removeDataDir(dataDir));
  return dataDir;
}

async function started(service: Promise<EmbeddedService>): Promise<EmbeddedService> {
  const running = await service;
  cleanUps.push(() => running.stop());
  return running;
}

async function ask<T>(url: string, statement: string): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql.unsafe(statement);
    return row as T;
  } finally {
    await sql.end();
  }
}

async function withRedis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const postmasterPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { interval: 20 }).toBe(true);
}

/** Starts both services from a process of its own, as the launcher does, and returns that process. */
async function startElsewhere(dataDir: string) {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(import.meta.resolve('./postgres.ts'))});
    const { startRedis } = await import(${JSON.stringify(import.meta.resolve('./redis.ts'))});
    await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    await startRedis({ dataDir: ${JSON.stringify(dataDir)}, toolsDir: ${JSON.stringify(TOOLS_DIR)} });
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUps.push(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('two data folders have two databases with their own ports and passwords, and data survives a restart', async () => {
  const [one, two] = [folder(), folder()];
  const [first, second] = await Promise.all([
    started(startPostgres({ dataDir: one })),
    started(startPostgres({ dataDir: two })),
  ]);
  expect(new URL(first.url).port).not.toBe(new URL(second.url).port);
  expect(new URL(first.url).password).not.toBe(new URL(second.url).password);
  await ask(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  const again = await started(startPostgres({ dataDir: one }));
  expect(again.url).toBe(first.url);
  expect(await ask(again.url, 'select answer from kept')).toEqual({ answer: 42 });
});

test('the database sorts and lower-cases by Unicode, speaks UTF-8 and listens on the loopback address only', async () => {
  const service = await started(startPostgres({ dataDir: folder() }));
  expect(
    await ask(
      service.url,
      `select datlocprovider as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding,
        lower('ÄÉ') as lower, current_setting('listen_addresses') as listen, current_setting('fsync') as fsync
       from pg_database where datname = current_database()`,
    ),
  ).toEqual({
    provider: 'b',
    locale: 'C.UTF-8',
    encoding: 'UTF8',
    lower: 'äé',
    listen: '127.0.0.1',
    fsync: 'on',
  });
});

test('neither service lets anyone in without the password, which only the owner can read', async () => {
  const dataDir = folder();
  const database = await started(startPostgres({ dataDir }));
  const redis = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  const stranger = new URL(database.url);
  stranger.password = 'guess';
  await expect(ask(stranger.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  const socket = connect(Number(new URL(redis.url).port), '127.0.0.1');
  socket.write('GET x\r\n');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  expect(String(answer)).toMatch(/^-NOAUTH/);
  for (const file of ['postgres.json', 'redis.json', 'redis/redis.conf'])
    expect(statSync(join(dataDir, file)).mode & 0o077, file).toBe(0);
});

test('Redis never evicts, writes an append-only file and keeps its content over a restart', async () => {
  const dataDir = folder();
  const first = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  await withRedis(first.url, async (client) => {
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    await client.set('kept', 'yes');
  });
  await first.stop();
  const again = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  expect(again.url).toBe(first.url);
  expect(await withRedis(again.url, (client) => client.get('kept'))).toBe('yes');
});

test('a killed parent leaves nothing running, and the next start finds the data', async () => {
  const dataDir = folder();
  const parent = await startElsewhere(dataDir);
  const { port } = JSON.parse(readFileSync(join(dataDir, 'redis.json'), 'utf8'));
  const pid = postmasterPid(dataDir);
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid));
  const database = await started(startPostgres({ dataDir }));
  const redis = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  expect(await ask(database.url, 'select 1 as one')).toEqual({ one: 1 });
  expect(new URL(redis.url).port).toBe(String(port));
});

test('services that are still running from before are stopped and started anew on the same ports', async () => {
  const dataDir = folder();
  const before = await started(startPostgres({ dataDir }));
  const redisBefore = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  const after = await started(startPostgres({ dataDir }));
  const redisAfter = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  await Promise.all([before.exited, redisBefore.exited]);
  expect([after.url, redisAfter.url]).toEqual([before.url, redisBefore.url]);
  expect(await withRedis(redisAfter.url, (client) => client.ping())).toBe('PONG');
});

test('a database killed with its lock file left behind starts again, also when a stranger now has its process id', async () => {
  const dataDir = folder();
  const first = await started(startPostgres({ dataDir }));
  await ask(first.url, 'create table kept as select 42 as answer');
  await endProcess(postmasterPid(dataDir), ['SIGKILL']);
  await first.exited;
  const second = await started(startPostgres({ dataDir }));
  expect(await ask(second.url, 'select answer from kept')).toEqual({ answer: 42 });

  const lockFile = join(dataDir, 'postgres/data/postmaster.pid');
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  await endProcess(postmasterPid(dataDir), ['SIGKILL']);
  await second.exited;
  const { uid, gid } = statSync(lockFile);
  const stranger = spawn('sleep', ['600'], process.getuid?.() === 0 ? { uid, gid } : {});
  cleanUps.push(() => void stranger.kill('SIGKILL'));
  writeFileSync(lockFile, [stranger.pid, ...lines.slice(1)].join('\n'));
  const third = await started(startPostgres({ dataDir }));
  expect(await ask(third.url, 'select answer from kept')).toEqual({ answer: 42 });
  expect(isAlive(stranger.pid as number)).toBe(true);
});

test('an unreadable Redis content is thrown away, for nothing in it is the truth', async () => {
  const dataDir = folder();
  const first = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  await first.stop();
  writeFileSync(join(dataDir, 'redis/appendonlydir/appendonly.aof.manifest'), 'nonsense');
  const again = await started(startRedis({ dataDir, toolsDir: TOOLS_DIR }));
  expect(await withRedis(again.url, (client) => client.ping())).toBe('PONG');
});

test('a data folder inside a home that others cannot enter works for root too', {
  skip: process.getuid?.() !== 0,
}, async () => {
  const home = folder();
  execFileSync('mkdir', ['-m', '700', home]);
  const dataDir = join(home, '.data');
  const service = await started(startPostgres({ dataDir }));
  const kept = realpathSync(join(dataDir, 'postgres'));
  cleanUps.push(() => removeDataDir(kept));
  expect(await ask(service.url, 'select 1 as one')).toEqual({ one: 1 });
  await service.stop();
  removeDataDir(kept);
  await expect(startPostgres({ dataDir })).rejects.toThrow(/was kept in .*, which is gone/);
});
