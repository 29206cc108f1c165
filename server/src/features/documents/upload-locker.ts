import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadLocks } from '@qijian/db/queries/upload-locks.ts';
import { ERRORS, type Locker } from '@tus/server';

const GIVE_UP_AFTER = 15_000;
const TRY_AGAIN_AFTER = 100;
/** The holder may not hear the first time: it is only just beginning, or listens on a new connection. */
const ASK_AGAIN_AFTER = 1_000;

interface Holder {
  requestRelease: () => void;
  released: Promise<void>;
  release: () => void;
}

/**
 * One request at a time works on an upload, whichever process it reaches. A request that waits asks the holder to let
 * go, so that a resumed upload need not wait for its dead predecessor's connection to time out.
 */
export class UploadLocker implements Locker {
  readonly #holders = new Map<string, Holder>();
  readonly #openLocks: (onReleaseAsked: (uploadId: string) => void) => UploadLocks;
  #locks: UploadLocks | null = null;

  /** The connection is opened with the first upload. */
  constructor(openLocks: (onReleaseAsked: (uploadId: string) => void) => UploadLocks) {
    this.#openLocks = openLocks;
  }

  newLock(id: string) {
    return {
      lock: (signal: AbortSignal, requestRelease: () => Promise<void> | void) =>
        this.#lock(id, signal, () => void requestRelease()),
      unlock: () => this.#unlock(id),
    };
  }

  /** Runs `work` while holding the lock. */
  async hold<T>(id: string, work: () => Promise<T>): Promise<T> {
    await this.#lock(id, new AbortController().signal, () => {});
    try {
      return await work();
    } finally {
      await this.#unlock(id);
    }
  }

  async close(): Promise<void> {
    await this.#locks?.close();
  }

  async #lock(id: string, signal: AbortSignal, requestRelease: () => void): Promise<void> {
    const giveUpAt = Date.now() + GIVE_UP_AFTER;
    for (let holder = this.#holders.get(id); holder; holder = this.#holders.get(id)) {
      holder.requestRelease();
      const waiting = AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, giveUpAt - Date.now()))]);
      await Promise.race([holder.released, aborted(waiting)]);
      if (waiting.aborted) throw ERRORS.ERR_LOCK_TIMEOUT;
    }
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    this.#holders.set(id, { requestRelease, released, release });
    try {
      await this.#lockAcrossProcesses(id, signal, giveUpAt);
    } catch (error) {
      this.#letGo(id);
      throw error;
    }
  }

  async #lockAcrossProcesses(id: string, signal: AbortSignal, giveUpAt: number): Promise<void> {
    this.#locks ??= this.#openLocks((asked) => this.#holders.get(asked)?.requestRelease());
    let askedAt = Number.NEGATIVE_INFINITY;
    while (!(await this.#locks.tryLock(id))) {
      if (signal.aborted || Date.now() > giveUpAt) throw ERRORS.ERR_LOCK_TIMEOUT;
      if (Date.now() - askedAt >= ASK_AGAIN_AFTER) {
        askedAt = Date.now();
        await this.#locks.askRelease(id);
      }
      await sleep(TRY_AGAIN_AFTER);
    }
  }

  async #unlock(id: string): Promise<void> {
    try {
      await this.#locks?.unlock(id);
    } finally {
      this.#letGo(id);
    }
  }

  #letGo(id: string): void {
    const holder = this.#holders.get(id);
    this.#holders.delete(id);
    holder?.release();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
