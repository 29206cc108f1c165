import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The operating-system account a service runs as; undefined means the current one. */
export type Account = { uid: number; gid: number };

/** A service started by this process: where it answers, how it ends, how to stop it. */
export type EmbeddedService = {
  url: string;
  /** Settles when the process has ended, for whatever reason. */
  exited: Promise<void>;
  stop(): Promise<void>;
};

export type Spawned = { child: ChildProcess; exited: Promise<void>; ended(): boolean };

/**
 * Starts a long-running service in its own process group (a Ctrl-C in the terminal must not reach it before
 * those who use it have stopped) together with a watcher that ends it should this process be killed.
 */
export async function spawnService(options: {
  command: string;
  args: string[];
  logFile: string;
  env?: NodeJS.ProcessEnv;
  account?: Account | undefined;
}): Promise<Spawned> {
  const log = openLog(options.logFile);
  const stdio: StdioOptions = ['ignore', log, log];
  const child = spawn(options.command, options.args, {
    cwd: '/',
    detached: true,
    stdio,
    env: options.env ?? process.env,
    ...options.account,
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await once(child, 'spawn');

  endWithThisProcess(child, 'INT');
  return { child, exited, ended: () => child.exitCode !== null || child.signalCode !== null };
}

/** A child that outlives this process, however it is killed, gets the signal: a watcher notices its pipe closing. */
export function endWithThisProcess(child: ChildProcess, signal: 'INT' | 'TERM'): void {
  const watcher = spawn('sh', ['-c', `read _; kill -${signal} "$0" 2>/dev/null`, String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => {});
  watcher.unref();
  child.once('exit', () => watcher.kill('SIGKILL'));
}

/** Sends the first signal, then the harder ones each time the process has not ended within the patience. */
export async function endProcess(pid: number, signals: NodeJS.Signals[], patienceMs = 20_000): Promise<void> {
  for (const signal of signals) {
    if (!isAlive(pid)) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const until = Date.now() + patienceMs;
    while (isAlive(pid) && Date.now() < until) await sleep(10);
  }
}

/** Whether a process with this id runs; a zombie nobody has waited for counts as ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return process.platform !== 'linux';
  }
}

/** A port on the loopback address nobody listens on: the wished one when it is free. */
export async function freePort(wished = 0): Promise<number> {
  const probe = createServer();
  const port = await new Promise<number | undefined>((resolve) => {
    probe.once('error', () => resolve(undefined));
    probe.listen({ port: wished, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
  if (port !== undefined) return port;
  if (wished === 0) throw new Error('No free port was found on 127.0.0.1.');
  return freePort();
}

/** Writes a file only its owner can read, whole or not at all. */
export function writePrivateFile(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Creates the data folder: entered by its owner only, except by root's service accounts, which must pass through. */
export function ensureDataDir(dataDir: string): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  mkdirSync(dataDir, { recursive: true, mode });
  if ((statSync(dataDir).mode & mode) !== mode) chmodSync(dataDir, mode);
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
}

/** The last lines a service wrote, to explain why it did not start. */
export function logTail(logFile: string, lines = 5): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

const LOG_LIMIT = 5_000_000;

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  try {
    if (statSync(file).size > LOG_LIMIT) renameSync(file, `${file}.1`);
  } catch {
    // Not written yet.
  }
  return openSync(file, 'a', 0o600);
}
