import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type Holder = { pid: number; address: string };

/**
 * Makes this process the only one that runs on a data folder. One that is just stopping is waited for; one that
 * keeps running is reported with its address. A lock left by a killed process is taken over.
 */
export async function takeLock(file: string, address: string, patienceMs = 8_000): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, address } satisfies Holder), {
        flag: 'wx',
        mode: 0o600,
      });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(file);
    if (!holder || !runsHere(holder.pid)) {
      rmSync(file, { force: true });
    } else if (Date.now() > until) {
      throw new Error(
        `Qijian already runs on this data folder: ${holder.address} (process ${holder.pid}). ` +
          'Stop it first, or start a second installation with its own PORT and DATA_DIR.',
      );
    } else {
      await sleep(200);
    }
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A process id is reused sooner or later: it counts only while it is a launcher. */
function runsHere(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('launch.ts');
  } catch {
    return process.platform !== 'linux';
  }
}
