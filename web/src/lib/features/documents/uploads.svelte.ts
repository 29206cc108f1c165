import type { Upload } from 'tus-js-client';
import { newId } from '#lib/new-id.ts';
import { m } from '#lib/paraglide/messages.js';
import { addPending, removePending } from '#lib/pending.svelte.ts';
import { prepareFile } from './prepare.ts';
import { openUpload, terminateUpload, type UploadDoor } from './tus.ts';
import {
  afterRefusal,
  copyOf,
  documentIdOf,
  isFinal,
  mayWorkLater,
  type QueuedUpload,
  restored,
  startable,
  storable,
  type UploadProblem,
  underWay,
  withChange,
  withUpload,
} from './upload-queue.ts';
import { forget, hold, keep, kept, unfinished, wipe } from './upload-store.ts';

const RESUME_MS = 5_000;
/** How often a server that answers with its own fault is asked again before a person has to decide. */
const MAX_ROUNDS = 3;
/** Larger files are refused anyway, or are pictures of a size that no phone holds twice. */
const COPY_UP_TO = 96 * 1024 * 1024;
const STAFF: UploadDoor = { path: '/api/uploads', headers: {} };
/** How long a file that has arrived is shown when its document does not appear, because the page is not live. */
const ARRIVED_MS = 5_000;
/** What the file pickers offer; the server decides by content. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf';

/**
 * Everything this page is uploading, whichever customer it is for. Files are kept in IndexedDB before the first byte,
 * so that a reload or a lost network goes on where it stopped.
 */
class UploadQueue {
  list = $state.raw<QueuedUpload[]>([]);
  underWay = $derived(underWay(this.list));
  readonly #blobs = new Map<string, Blob>();
  /** Null until the library is there, so that no more than allowed start at once. */
  readonly #running = new Map<string, Upload | null>();
  readonly #releases = new Map<string, () => void>();
  readonly #rounds = new Map<string, number>();
  /** Uploads that live in this page alone, because the browser keeps nothing. */
  readonly #unkept = new Set<string>();
  #userId = '';
  #door = STAFF;
  #isHeld = $state(false);
  #listens = false;

  /** Takes up what earlier pages of this person left; what another window is sending stays with it until that ends. */
  async start(
    userId: string,
    door: UploadDoor = STAFF,
    /** Makes the person's own what was kept under another name. */
    prepare: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    this.#door = door;
    if (this.#userId === userId) {
      // By another link now: what the last one refused has another chance.
      for (const { id, problem } of this.list) if (problem && mayWorkLater(problem)) this.retry(id);
      return;
    }
    this.#leave();
    this.#userId = userId;
    if (!this.#listens) {
      this.#listens = true;
      window.addEventListener('online', () => this.resume());
      window.addEventListener('offline', () => this.#pauseAll());
      window.addEventListener('beforeunload', (event) => {
        if (this.underWay.some((upload) => this.#unkept.has(upload.id))) event.preventDefault();
      });
    }
    await prepare();
    for (const { id } of await unfinished(userId)) void this.#takeOver(id);
  }

  /** Takes files into the queue; there once they are kept where the next page finds them. */
  async add(
    customer: { id: string; name: string },
    files: { file: File; type: string; group?: QueuedUpload['group'] }[],
    options: { original?: boolean } = {},
  ): Promise<void> {
    const createdAt = Date.now();
    const entries = files.map(({ file, type, group }, index): [QueuedUpload, File] => [
      {
        id: newId(),
        userId: this.#userId,
        customerId: customer.id,
        customerName: customer.name,
        type,
        filename: file.name || `${m.pasted_file()}.png`,
        url: null,
        createdAt: createdAt + index / 1000,
        isPrepared: options.original ?? false,
        state: 'preparing',
        group,
        percent: 0,
        resumedAt: 0,
        size: file.size,
        problem: null,
      },
      file,
    ]);
    for (const [entry] of entries) this.list = withUpload(this.list, entry);
    // One after the other: the bytes of fifty photographs at once are too much for a phone.
    for (const [entry, file] of entries) await this.#take(entry.id, file);
  }

  /** Keeps the bytes of a chosen file: what it was chosen from may be gone when its turn comes. */
  async #take(id: string, file: File): Promise<void> {
    this.#releases.set(id, await hold(id));
    const bytes = file.size > COPY_UP_TO ? file : await copyOf(file);
    if (!this.#find(id)) {
      this.#forget(id);
      return;
    }
    if (!bytes) {
      this.#fail(id, 'file-gone');
      return;
    }
    this.#blobs.set(id, bytes);
    await this.#keep(id);
    // Out of the database it lies on the disk and not in memory.
    const stored = this.#unkept.has(id) ? undefined : await kept(id);
    if (stored && this.#blobs.has(id)) this.#blobs.set(id, stored.blob);
    void this.#prepare(id);
  }

  cancel(id: string): void {
    const entry = this.#find(id);
    const upload = this.#running.get(id);
    this.#running.delete(id);
    if (upload) upload.abort(true).catch(() => {});
    else if (entry?.url) void terminateUpload(this.#door, entry);
    this.#done(id);
    this.#next();
  }

  retry(id: string): void {
    this.#rounds.delete(id);
    this.#change(id, { state: this.#find(id)?.isPrepared ? 'waiting' : 'preparing', problem: null });
    if (this.#find(id)?.state === 'preparing') void this.#prepare(id);
    else this.#next();
  }

  /** The connection is back: what was paused goes on. */
  resume(): void {
    if (this.#isHeld) return;
    for (const upload of this.list)
      if (upload.state === 'paused') this.#change(upload.id, { state: 'waiting' });
    this.#next();
  }

  /** The file as it was chosen, as long as it is here. */
  fileOf(id: string): Blob | undefined {
    return this.#blobs.get(id);
  }

  /** Whether a person has stopped everything, until they let it go on. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  holdAll(): void {
    this.#isHeld = true;
    this.#pauseAll();
  }

  goOn(): void {
    this.#isHeld = false;
    this.resume();
  }

  /** The document is on the screen: its upload need not be shown any more. */
  seen(documentId: string): void {
    const upload = this.list.find((known) => documentIdOf(known) === documentId);
    if (upload) this.#done(upload.id);
  }

  /** Whether this device sends it, from whichever page. */
  async isOwn(documentId: string): Promise<boolean> {
    const sends = (upload: { url: string | null }) => documentIdOf(upload) === documentId;
    return this.list.some(sends) || (await unfinished(this.#userId)).some(sends);
  }

  /** Ends everything this person was sending from here, and leaves none of the files on the device. */
  async wipe(owner: string): Promise<void> {
    if (this.#userId === owner) {
      this.#isHeld = true;
      for (const { id } of this.list) this.cancel(id);
      this.#isHeld = false;
    }
    await wipe(owner);
  }

  of(customerId: string): QueuedUpload[] {
    return this.list.filter((upload) => upload.customerId === customerId);
  }

  async #takeOver(id: string): Promise<void> {
    const release = await hold(id);
    const stored = await kept(id);
    if (!stored || stored.userId !== this.#userId || this.#find(id)) {
      release();
      return;
    }
    this.#releases.set(id, release);
    this.#blobs.set(id, stored.blob);
    this.list = withUpload(this.list, restored(stored));
    if (stored.isPrepared) this.#next();
    else await this.#prepare(id);
  }

  /** Says early what the server would refuse, and makes a picture smaller. */
  async #prepare(id: string): Promise<void> {
    const blob = this.#blobs.get(id);
    if (!blob) return;
    const prepared = await prepareFile(blob, this.#find(id)?.isPrepared ?? false);
    const entry = this.#find(id);
    if (!entry) return;
    if ('problem' in prepared) {
      this.#fail(id, prepared.problem);
      return;
    }
    const { sent } = prepared;
    this.#blobs.set(id, sent);
    const filename = sent === blob ? entry.filename : `${entry.filename.replace(/\.\w+$/, '')}.jpg`;
    this.#change(id, { isPrepared: true, size: sent.size, filename, state: 'waiting' });
    await this.#keep(id);
    this.#next();
  }

  #next(): void {
    if (this.#isHeld) return;
    for (const id of startable(this.list, new Set(this.#running.keys()))) void this.#send(id);
  }

  async #send(id: string): Promise<void> {
    const entry = this.#find(id);
    const kept = this.#blobs.get(id);
    if (!entry || !kept) return;
    this.#running.set(id, null);
    this.#change(id, { state: 'uploading' });
    // Before each round: a file that is gone ends here and lets the next one in.
    const blob = await copyOf(kept);
    if (!this.#running.has(id)) return;
    if (!blob) {
      this.#running.delete(id);
      this.#fail(id, 'file-gone');
      this.#next();
      return;
    }
    try {
      let isFirst = true;
      const upload = await openUpload(this.#door, entry, blob, {
        onUrl: (url) => {
          this.#change(id, { url });
          void this.#keep(id);
        },
        onPercent: (percent) => {
          this.#change(id, isFirst ? { percent, resumedAt: percent } : { percent });
          isFirst = false;
        },
        onArrived: () => {
          this.#running.delete(id);
          this.#arrived(id);
          this.#next();
        },
        onStopped: (status, body) => {
          this.#running.delete(id);
          this.#stopped(id, status, body);
          this.#next();
        },
      });
      // Cancelled while the library was on its way.
      if (!this.#running.has(id)) return;
      this.#running.set(id, upload);
      upload.start();
    } catch {
      this.#running.delete(id);
      this.#pause(id);
    }
  }

  #pauseAll(): void {
    for (const [id, upload] of [...this.#running]) {
      this.#running.delete(id);
      upload?.abort().catch(() => {});
      this.#pause(id);
    }
  }

  #stopped(id: string, status: number | undefined, body: string): void {
    const entry = this.#find(id);
    if (!entry) return;
    const rounds = (this.#rounds.get(id) ?? 0) + (status ? 1 : 0);
    this.#rounds.set(id, rounds);
    if (!isFinal(status) && rounds < MAX_ROUNDS) {
      this.#pause(id);
      return;
    }
    const change = afterRefusal(entry, body);
    if (change.problem) this.#fail(id, change.problem);
    else this.#change(id, change);
  }

  #arrived(id: string): void {
    this.#change(id, { state: 'arrived', percent: 100 });
    this.#forget(id);
    setTimeout(() => this.#done(id), ARRIVED_MS);
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
    setTimeout(() => navigator.onLine && this.resume(), RESUME_MS);
  }

  /** A file that can never be sent is not kept: nothing would become of it after a reload either. */
  #fail(id: string, problem: UploadProblem): void {
    this.#change(id, { state: 'failed', problem });
    if (!mayWorkLater(problem)) void forget(id);
  }

  #done(id: string): void {
    this.#forget(id);
    this.list = this.list.filter((upload) => upload.id !== id);
  }

  #forget(id: string): void {
    this.#blobs.delete(id);
    this.#rounds.delete(id);
    this.#unkept.delete(id);
    removePending(id);
    void forget(id).then(() => {
      this.#releases.get(id)?.();
      this.#releases.delete(id);
    });
  }

  async #keep(id: string): Promise<void> {
    const entry = this.#find(id);
    const blob = this.#blobs.get(id);
    if (!entry || !blob) return;
    if (await keep({ ...storable(entry), blob })) this.#unkept.delete(id);
    else this.#unkept.add(id);
    // Given up while it was being written: it must not come back with the next page.
    if (!this.#blobs.has(id)) void forget(id);
  }

  /** Somebody else signed in on this page: the files stay for their owner. */
  #leave(): void {
    for (const upload of this.#running.values()) upload?.abort().catch(() => {});
    for (const release of this.#releases.values()) release();
    for (const { id } of this.list) removePending(id);
    for (const map of [this.#running, this.#releases, this.#blobs, this.#rounds, this.#unkept]) map.clear();
    this.list = [];
  }

  #find(id: string): QueuedUpload | undefined {
    return this.list.find((upload) => upload.id === id);
  }

  #change(id: string, change: Partial<QueuedUpload>): void {
    this.list = withChange(this.list, id, change);
    if (change.state && change.state !== 'paused') removePending(id);
  }
}

export const uploads = new UploadQueue();
