import { type ChildProcess, fork } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const children = new Set<ChildProcess>();

/** Starts a Node process of the repository with an IPC channel; it ends with this one. */
export function start(
  path: string,
  env: Record<string, string>,
  options: { args?: string[]; node?: string[]; cwd?: string; log?: string } = {},
): ChildProcess {
  const output = process.env.BENCH_LOG ? 'inherit' : options.log ? openSync(options.log, 'a') : 'ignore';
  const child = fork(fileURLToPath(new URL(path, import.meta.url)), options.args ?? [], {
    env: { ...process.env, ...env },
    execArgv: options.node ?? [],
    stdio: ['ignore', output, 'inherit', 'ipc'],
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends a child and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
}

export async function stopAll(): Promise<void> {
  await Promise.all([...children].map(stop));
}

/** Resolves with the first message that fits; rejects when the child ends before. */
export function message<T>(child: ChildProcess, fits: (body: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (body: unknown) => {
      if (!fits(body as T)) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(body as T);
    };
    const onExit = () => reject(new Error('the process ended while something was awaited from it'));
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}

/** Runs a Node script of the repository to its end. */
export async function run(path: string, env: Record<string, string>, args: string[] = []): Promise<void> {
  const child = start(path, env, { args });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${path} ended with ${code}`);
}

/** CPU seconds (user and system) a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Resolves once `url` answers 200. */
export async function answers(url: string, patienceMs = 60_000): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > end) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
