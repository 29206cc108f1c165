import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithThisProcess } from './embedded/processes.ts';
import type { RotatingLog } from './rotating-log.ts';
import type { Running } from './supervised.ts';

const STOP_PATIENCE_MS = 15_000;

export type ChildOptions = {
  root: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Undefined shows the output in the terminal. */
  log: RotatingLog | undefined;
  /** Rejects as long as the process does not do its work yet. */
  ready?: (() => Promise<void>) | undefined;
};

/**
 * Starts one of our own processes and waits until it is ready. It has its own process group: Ctrl-C reaches the
 * launcher alone, which stops things in their order.
 */
export async function startChild(options: ChildOptions): Promise<Running & { code(): number | null }> {
  const { log } = options;
  const child = spawn(process.execPath, options.args, {
    cwd: options.root,
    env: options.env,
    detached: true,
    stdio: log ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  endWithThisProcess(child, 'TERM');
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => log?.write(chunk));
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const stop = async () => {
    if (ended) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await exited;
    clearTimeout(timer);
  };
  while (options.ready) {
    if (ended) throw new Error(`it ended at once:\n${log?.tail() ?? ''}`);
    try {
      await options.ready();
      break;
    } catch {
      await sleep(40);
    }
  }
  return { exited, stop, code: () => child.exitCode };
}
