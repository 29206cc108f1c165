import type { ProblemBody } from '@qijian/domain/contract/problems.ts';
import type { Upload } from 'tus-js-client';
import { newId } from '#lib/new-id.ts';
import { m } from '#lib/paraglide/messages.js';
import { addPending, removePending } from '#lib/pending.svelte.ts';
import { problemWords } from '#lib/problems.ts';
import { compress } from './compress.ts';
import { forget, keep, type StoredUpload, unfinished } from './upload-store.ts';

export type UploadState = 'waiting' | 'preparing' | 'uploading' | 'paused' | 'failed';
export interface QueuedUpload extends Omit<StoredUpload, 'blob'> {
  state: UploadState;
  percent: number;
  size: number;
  problem: string | null;
}

const PARALLEL = 3;
const RETRY_MS = [500, 1_500, 4_000, 10_000];
export const MAX_BYTES = 20 * 1024 * 1024;
/** What the file pickers offer; the server decides by content. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf';

/**
 * Everything this page is uploading, whichever customer it is for. Files are kept in IndexedDB before the first byte,
 * so that a reload or a lost network goes on where it stopped.
 */
class UploadQueue {
  list = $state<QueuedUpload[]>([]);
  readonly #blobs = new Map<string, Blob>();
  readonly #running = new Map<string, Upload>();
  #userId = '';
  #durable = true;

  /** Takes up what an earlier page left; call once a page. */
  async start(userId: string): Promise<void> {
    if (this.#userId === userId) return;
    this.#userId = userId;
    for (const stored of await unfinished(userId)) this.#queue(stored);
    window.addEventListener('online', () => this.resume());
    window.addEventListener('beforeunload', (event) => {
      if (!this.#durable && this.list.some((upload) => upload.state !== 'failed')) event.preventDefault();
    });
    this.#next();
  }

  async add(
    customer: { id: string; name: string },
    files: { file: File; type: string }[],
    options: { original?: boolean } = {},
  ): Promise<void> {
    await Promise.all(
      files.map(async ({ file, type }) => {
        const id = newId();
        const entry: QueuedUpload = {
          id,
          userId: this.#userId,
          customerId: customer.id,
          customerName: customer.name,
          type,
          filename: file.name || `${m.pasted_file()}.png`,
          url: null,
          createdAt: Date.now(),
          state: 'preparing',
          percent: 0,
          size: file.size,
          problem: null,
        };
        this.list = [...this.list, entry];
        const blob = options.original ? file : await compress(file);
        if (blob !== file) entry.filename = `${entry.filename.replace(/\.\w+$/, '')}.jpg`;
        if (!this.#find(id)) return;
        if (blob.size > MAX_BYTES) {
          this.#change(id, { state: 'failed', problem: problemWords('file-too-large') });
          return;
        }
        this.#durable = await keep({ ...stored(entry), blob });
        this.#blobs.set(id, blob);
        this.#change(id, { state: 'waiting', size: blob.size, filename: entry.filename });
      }),
    );
    this.#next();
  }

  cancel(id: string): void {
    const upload = this.#running.get(id);
    this.#running.delete(id);
    void upload?.abort(true).catch(() => {});
    this.#done(id);
    this.#next();
  }

  retry(id: string): void {
    this.#change(id, { state: 'waiting', problem: null });
    this.#next();
  }

  /** The connection is back: what was paused goes on. */
  resume(): void {
    for (const upload of this.list)
      if (upload.state === 'paused') this.#change(upload.id, { state: 'waiting' });
    this.#next();
  }

  of(customerId: string): QueuedUpload[] {
    return this.list.filter((upload) => upload.customerId === customerId);
  }

  #queue({ blob, ...rest }: StoredUpload): void {
    this.#blobs.set(rest.id, blob);
    this.list = [...this.list, { ...rest, state: 'waiting', percent: 0, size: blob.size, problem: null }];
  }

  #next(): void {
    for (const upload of this.list) {
      if (this.#running.size >= PARALLEL) return;
      if (upload.state === 'waiting' && !this.#running.has(upload.id)) void this.#send(upload.id);
    }
  }

  async #send(id: string): Promise<void> {
    const entry = this.#find(id);
    const blob = this.#blobs.get(id);
    if (!entry || !blob) return;
    this.#change(id, { state: 'uploading' });
    // Held before the library has been fetched, so that no more than PARALLEL start at once.
    this.#running.set(id, undefined as unknown as Upload);
    try {
      const { Upload } = await import('tus-js-client');
      const upload = new Upload(blob, {
        endpoint: '/api/uploads',
        uploadUrl: entry.url,
        uploadSize: blob.size,
        retryDelays: RETRY_MS,
        storeFingerprintForResuming: false,
        metadata: {
          customerId: entry.customerId,
          type: entry.type,
          filename: entry.filename,
          source: source(),
        },
        onUploadUrlAvailable: () => {
          this.#change(id, { url: upload.url });
          const known = this.#find(id);
          if (known) void keep({ ...stored(known), blob });
        },
        onProgress: (sent, total) =>
          this.#change(id, { percent: Math.floor((sent / Math.max(1, total)) * 100) }),
        onShouldRetry: (error) => navigator.onLine && !isFinal(error.originalResponse?.getStatus()),
        onSuccess: () => {
          this.#running.delete(id);
          this.#done(id);
          this.#next();
        },
        onError: (error) => {
          this.#running.delete(id);
          const response = 'originalResponse' in error ? error.originalResponse : null;
          if (isFinal(response?.getStatus())) this.#refused(id, response?.getBody() ?? '');
          else this.#pause(id);
          this.#next();
        },
      });
      if (!this.#running.has(id)) return;
      this.#running.set(id, upload);
      upload.start();
    } catch {
      this.#running.delete(id);
      this.#pause(id);
    }
  }

  #pause(id: string): void {
    this.#change(id, { state: 'paused' });
    const entry = this.#find(id);
    if (!entry) return;
    addPending({
      id,
      customer: entry.customerName,
      text: m.pending_upload({ filename: entry.filename }),
      at: new Date(),
      undo: () => this.cancel(id),
    });
    setTimeout(() => navigator.onLine && this.resume(), 5_000);
  }

  #refused(id: string, body: string): void {
    let type = 'internal';
    try {
      type = (JSON.parse(body) as ProblemBody).type;
    } catch {
      // Not one of our answers; said as our fault.
    }
    // An upload the server has forgotten begins again.
    if (type === 'not-found' && this.#find(id)?.url) {
      this.#change(id, { url: null, state: 'waiting' });
      return;
    }
    this.#change(id, { state: 'failed', problem: problemWords(type) });
  }

  #done(id: string): void {
    this.#blobs.delete(id);
    this.list = this.list.filter((upload) => upload.id !== id);
    removePending(id);
    void forget(id);
  }

  #find(id: string): QueuedUpload | undefined {
    return this.list.find((upload) => upload.id === id);
  }

  #change(id: string, change: Partial<QueuedUpload>): void {
    this.list = this.list.map((upload) => (upload.id === id ? { ...upload, ...change } : upload));
    if (change.state && change.state !== 'paused') removePending(id);
  }
}

function stored(upload: QueuedUpload): Omit<StoredUpload, 'blob'> {
  const { id, userId, customerId, customerName, type, filename, url, createdAt } = upload;
  return { id, userId, customerId, customerName, type, filename, url, createdAt };
}

/** Whether asking again would get the same answer. */
function isFinal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![408, 409, 423, 425, 429].includes(status);
}

const source = () => (matchMedia('(pointer: coarse)').matches ? 'phone' : 'desk');

export const uploads = new UploadQueue();
