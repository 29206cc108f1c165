import type { UploadLocks } from '@qijian/db/queries/upload-locks.ts';
import { describe, expect, test } from 'vitest';
import { UploadLocker } from './upload-locker.ts';

/** The locks of two processes, as the database keeps them. */
function twoProcesses() {
  const held = new Map<string, number>();
  const asked: ((id: string) => void)[] = [];
  const open =
    (process: number) =>
    (onReleaseAsked: (id: string) => void): UploadLocks => {
      asked[process] = onReleaseAsked;
      return {
        tryLock: async (id) => {
          if (held.has(id)) return false;
          held.set(id, process);
          return true;
        },
        unlock: async (id) => void held.delete(id),
        askRelease: async (id) => {
          for (const ask of asked) ask?.(id);
        },
        close: async () => {},
      };
    };
  return [new UploadLocker(open(0)), new UploadLocker(open(1))] as const;
}

const signal = new AbortController().signal;

describe('the lock of an upload', () => {
  test('a second request in the same process asks the first to let go and gets it then', async () => {
    const [locker] = twoProcesses();
    const steps: string[] = [];
    const first = locker.newLock('a');
    await first.lock(signal, async () => {
      steps.push('asked');
      setTimeout(() => {
        steps.push('released');
        void first.unlock();
      }, 20);
    });
    const second = locker.newLock('a');
    await second.lock(signal, () => {});
    steps.push('second');
    await second.unlock();
    expect(steps).toEqual(['asked', 'released', 'second']);
  });

  test('a request in another process does the same', async () => {
    const [here, there] = twoProcesses();
    const first = here.newLock('a');
    let asked = 0;
    await first.lock(signal, () => {
      asked += 1;
      setTimeout(() => void first.unlock(), 20);
    });
    await there.newLock('a').lock(signal, () => {});
    expect(asked).toBe(1);
  });

  test('different uploads do not wait for each other', async () => {
    const [locker] = twoProcesses();
    await locker.newLock('a').lock(signal, () => {});
    await locker.newLock('b').lock(signal, () => {});
  });

  test('a request that has gone stops waiting', async () => {
    const [locker] = twoProcesses();
    await locker.newLock('a').lock(signal, () => {});
    const gone = AbortSignal.timeout(20);
    await expect(locker.newLock('a').lock(gone, () => {})).rejects.toMatchObject({ status_code: 500 });
  });

  test('only one of many works at a time', async () => {
    const [here, there] = twoProcesses();
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        (n % 2 ? here : there).hold('a', async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 2));
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });
});
