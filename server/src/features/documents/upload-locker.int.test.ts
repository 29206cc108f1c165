import { openUploadLocks } from '@qijian/db/queries/upload-locks.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { UploadLocker } from './upload-locker.ts';

let database: TestDatabase;
const lockers: UploadLocker[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(lockers.splice(0).map((locker) => locker.close()));
});
afterAll(() => database.drop());

/** Two lockers with connections of their own, as two server processes have them. */
function twoProcesses(): [UploadLocker, UploadLocker] {
  const open = () => new UploadLocker((asked) => openUploadLocks(database.url, asked, fail));
  const fail = (error: unknown) => {
    throw error;
  };
  const pair: [UploadLocker, UploadLocker] = [open(), open()];
  lockers.push(...pair);
  return pair;
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

  test('a process that dies lets go', async () => {
    const [here, there] = twoProcesses();
    await here.newLock('a').lock(signal, () => {});
    const waiting = there.newLock('a').lock(signal, () => {});
    await here.close();
    await waiting;
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
