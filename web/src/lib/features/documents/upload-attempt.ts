import type { Upload } from 'tus-js-client';
import type { TusHandlers, UploadDoor } from './tus.ts';
import { copyOf, type QueuedUpload } from './upload-queue.ts';

/** The library that sends is fetched with the first file. */
const sender = () => import('./tus.ts');

interface AttemptHandlers extends TusHandlers {
  /** The file cannot be read any more. */
  onGone: () => void;
  /** What sends it could not be loaded. */
  onNotLoaded: () => void;
}

/** One attempt to send a file: it ends once, or is stopped and then says nothing more. */
export class UploadAttempt {
  readonly #door: UploadDoor;
  readonly #entry: QueuedUpload;
  readonly #handlers: AttemptHandlers;
  /** Null until the library is there. */
  #upload: Upload | null = null;
  #isStopped = false;

  constructor(door: UploadDoor, entry: QueuedUpload, handlers: AttemptHandlers) {
    this.#door = door;
    this.#entry = entry;
    this.#handlers = handlers;
  }

  async start(file: Blob): Promise<void> {
    // Read it again: it may have been moved or changed since the last attempt.
    const blob = await copyOf(file);
    if (this.#isStopped) return;
    if (!blob) {
      this.#handlers.onGone();
      return;
    }
    const upload = await sender().then(
      ({ openUpload }) => openUpload(this.#door, this.#entry, blob, this.#handlers),
      () => null,
    );
    if (this.#isStopped) return;
    if (!upload) {
      this.#handlers.onNotLoaded();
      return;
    }
    this.#upload = upload;
    upload.start();
  }

  /** `terminate`: for good; the server throws away what it has of it. */
  stop({ terminate = false } = {}): void {
    this.#isStopped = true;
    if (this.#upload) this.#upload.abort(terminate).catch(() => {});
    else if (terminate) terminateUpload(this.#door, this.#entry);
  }
}

/** Tells the server, if it can be reached, that an upload of which nothing is under way will not be finished. */
export function terminateUpload(door: UploadDoor, entry: QueuedUpload): void {
  if (!entry.url) return;
  void sender()
    .then((tus) => tus.terminate(entry.url as string, door))
    .catch(() => {});
}
