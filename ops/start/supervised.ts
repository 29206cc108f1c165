import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './progress.ts';

/** Something that runs until it ends or is stopped: a child process or an embedded service. */
export type Running = { exited: Promise<void>; stop(): Promise<void> };

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Having run this long counts as healthy: the next pause is short again. */
const HEALTHY_MS = 60_000;

/**
 * Keeps something running: whenever it ends by itself it is started again, after a pause that doubles from half a
 * second to half a minute while it keeps failing. The first start is the caller's to judge: it rejects.
 */
export async function supervise<T extends Running>(name: string, start: () => Promise<T>): Promise<T> {
  let stopping = false;
  let pause = FIRST_PAUSE_MS;
  const first = await start();
  let current: Running = first;
  const watch = async () => {
    for (;;) {
      const since = Date.now();
      await current.exited;
      if (stopping) return;
      if (Date.now() - since > HEALTHY_MS) pause = FIRST_PAUSE_MS;
      say(`! ${name} ended unexpectedly; starting it again in ${pause / 1000} s`);
      await restart();
    }
  };
  const restart = async () => {
    while (!stopping) {
      await sleep(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      if (stopping) return;
      try {
        current = await start();
        say(`✓ ${name} runs again`);
        return;
      } catch (error) {
        say(`! ${name} did not start: ${(error as Error).message}`);
      }
    }
  };
  const watching = watch();
  return {
    ...first,
    exited: watching,
    stop: async () => {
      stopping = true;
      await current.stop();
    },
  };
}
