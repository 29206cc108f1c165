import type { UploadAttempt } from './upload-attempt.ts';
import { copyOf, type QueuedUpload, storable } from './upload-queue.ts';
import { deleteUpload, lockUpload, type StoredUpload, storedUpload, storeUpload } from './upload-store.ts';

/** Larger files are refused anyway, or are pictures of a size that no phone holds twice. */
const COPY_UP_TO = 96 * 1024 * 1024;

/** What this page has of an upload, beyond what is shown of it. */
export interface LocalFile {
  /** Null until its bytes have been read. */
  blob: Blob | null;
  /** Lets other pages of this browser send it. */
  unlock: () => void;
  /** The one under way. */
  attempt: UploadAttempt | null;
  /** How often in a row the server answered with its own fault. */
  faults: number;
  /** It lives in this page alone, because the browser keeps nothing. */
  isUnkept: boolean;
}

const newFile = (): LocalFile => ({
  blob: null,
  unlock: () => {},
  attempt: null,
  faults: 0,
  isUnkept: false,
});

/** The files that this page sends, by the id of the upload: locked against other pages, and kept in IndexedDB. */
export class LocalFiles {
  readonly #files = new Map<string, LocalFile>();

  add(id: string): void {
    this.#files.set(id, newFile());
  }

  get(id: string): LocalFile | undefined {
    return this.#files.get(id);
  }

  entries(): [string, LocalFile][] {
    return [...this.#files];
  }

  /** Those with an attempt under way. */
  sending(): Set<string> {
    return new Set([...this.#files].flatMap(([id, { attempt }]) => (attempt ? [id] : [])));
  }

  /**
   * Copies the bytes of a chosen file: what it was chosen from may be gone when its turn comes. Whether they could be
   * read; undefined where nobody wants the upload any more.
   */
  async copy(id: string, file: File): Promise<boolean | undefined> {
    const unlock = await lockUpload(id);
    const local = this.#files.get(id);
    if (!local) {
      unlock();
      return undefined;
    }
    local.unlock = unlock;
    local.blob = file.size > COPY_UP_TO ? file : await copyOf(file);
    return local.blob !== null;
  }

  async store(upload: QueuedUpload): Promise<void> {
    const file = this.#files.get(upload.id);
    if (file?.blob) file.isUnkept = !(await storeUpload({ ...storable(upload), blob: file.blob }));
  }

  /** Out of the database it lies on the disk and not in memory. */
  async leaveMemory(id: string): Promise<void> {
    const file = this.#files.get(id);
    if (!file || file.isUnkept) return;
    const stored = await storedUpload(id);
    if (stored) file.blob = stored.blob;
  }

  /** Takes up what another page left, if it is still wanted then. */
  async takeOver(id: string, isWanted: (stored: StoredUpload) => boolean): Promise<StoredUpload | null> {
    const unlock = await lockUpload(id);
    const stored = await storedUpload(id);
    if (!stored || !isWanted(stored)) {
      unlock();
      return null;
    }
    this.#files.set(id, { ...newFile(), blob: stored.blob, unlock });
    return stored;
  }

  forget(id: string): void {
    const file = this.#files.get(id);
    this.#files.delete(id);
    void deleteUpload(id).then(() => file?.unlock());
  }

  /** Lets go of all; they stay for their owner. */
  letGo(): void {
    for (const { attempt, unlock } of this.#files.values()) {
      attempt?.stop();
      unlock();
    }
    this.#files.clear();
  }
}
