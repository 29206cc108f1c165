import { newId } from '#lib/new-id.ts';
import { LocalFiles } from './local-files.ts';
import { prepareFile } from './prepare.ts';
import type { UploadDoor } from './tus.ts';
import { terminateUpload, UploadAttempt } from './upload-attempt.ts';
import { UploadList } from './upload-list.svelte.ts';
import {
  afterRefusal,
  chosen,
  documentIdOf,
  isFinal,
  mayWorkLater,
  type QueuedUpload,
  restored,
  startable,
  type UploadProblem,
} from './upload-queue.ts';
import { deleteUpload, deleteUploadsOf, unfinishedUploads } from './upload-store.ts';

const RESUME_MS = 5_000;
/** How often a server that answers with its own fault is asked again before a person has to decide. */
const MAX_FAULTS = 3;
const STAFF: UploadDoor = { path: '/api/uploads', headers: {} };
/** How long a file that has arrived is shown when its document does not appear, because the page is not live. */
const ARRIVED_MS = 5_000;

/**
 * Everything this page is uploading, whichever customer it is for. Files are kept in IndexedDB before the first byte,
 * so that a reload or a lost network goes on where it stopped.
 */
export class UploadQueue {
  readonly shown = new UploadList();
  readonly #files = new LocalFiles();
  #userId = '';
  #door = STAFF;
  #isHeld = $state(false);
  #listens = false;

  /** In the order in which they were chosen. */
  get list(): readonly QueuedUpload[] {
    return this.shown.list;
  }

  /** What is neither there nor given up. */
  get underWay(): readonly QueuedUpload[] {
    return this.shown.underWay;
  }

  /** Takes up what earlier pages of this person left; what another window is sending stays with it until that ends. */
  async start(
    userId: string,
    door: UploadDoor = STAFF,
    /** Makes the person's own what was kept under another name. */
    prepare: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    this.#door = door;
    if (this.#userId === userId) {
      // Opened by another link: retry what the last one refused.
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
        if (this.underWay.some(({ id }) => this.#files.get(id)?.isUnkept)) event.preventDefault();
      });
    }
    await prepare();
    for (const { id } of await unfinishedUploads(userId)) void this.#takeOver(id);
  }

  /** Takes files into the queue; there once they are kept where the next page finds them. */
  async add(
    customer: { id: string; name: string },
    files: { file: File; type: string; group?: QueuedUpload['group'] }[],
    options: { original?: boolean } = {},
  ): Promise<void> {
    const createdAt = Date.now();
    const entries = files.map(({ file, type, group }, index): [QueuedUpload, File] => [
      chosen(file, {
        id: newId(),
        userId: this.#userId,
        customerId: customer.id,
        customerName: customer.name,
        type,
        group,
        createdAt: createdAt + index / 1000,
        isPrepared: options.original ?? false,
      }),
      file,
    ]);
    for (const [entry] of entries) {
      this.#files.add(entry.id);
      this.shown.add(entry);
    }
    // Sequential: the bytes of fifty photographs at once are too much for a phone.
    for (const [entry, file] of entries) await this.#readFile(entry.id, file);
  }

  async #readFile(id: string, file: File): Promise<void> {
    const isRead = await this.#files.copy(id, file);
    if (isRead === undefined) return;
    if (!isRead) {
      this.#fail(id, 'file-gone');
      return;
    }
    await this.#store(id);
    await this.#files.leaveMemory(id);
    void this.#prepare(id);
  }

  cancel(id: string): void {
    const entry = this.shown.find(id);
    const attempt = this.#files.get(id)?.attempt;
    if (attempt) attempt.stop({ terminate: true });
    else if (entry) terminateUpload(this.#door, entry);
    this.#done(id);
    this.#startNext();
  }

  retry(id: string): void {
    const entry = this.shown.find(id);
    const file = this.#files.get(id);
    if (entry?.state !== 'failed' || !file) return;
    file.faults = 0;
    this.shown.change(id, { state: entry.isPrepared ? 'waiting' : 'preparing', problem: null });
    if (entry.isPrepared) this.#startNext();
    else void this.#prepare(id);
  }

  /** The connection is back: what was paused goes on. */
  resume(): void {
    if (this.#isHeld) return;
    for (const upload of this.list)
      if (upload.state === 'paused') this.shown.change(upload.id, { state: 'waiting' });
    this.#startNext();
  }

  /** The file as it was chosen, as long as it is here. */
  fileOf(id: string): Blob | undefined {
    return this.#files.get(id)?.blob ?? undefined;
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
    return this.list.some(sends) || (await unfinishedUploads(this.#userId)).some(sends);
  }

  /** Ends everything this person was sending from here, and leaves none of the files on the device. */
  async wipe(owner: string): Promise<void> {
    if (this.#userId === owner) {
      this.#isHeld = true;
      for (const { id } of this.list) this.cancel(id);
      this.#isHeld = false;
    }
    await deleteUploadsOf(owner);
  }

  of(customerId: string): QueuedUpload[] {
    return this.list.filter((upload) => upload.customerId === customerId);
  }

  async #takeOver(id: string): Promise<void> {
    const stored = await this.#files.takeOver(
      id,
      ({ userId }) => userId === this.#userId && !this.shown.find(id),
    );
    if (!stored) return;
    this.shown.add(restored(stored));
    if (stored.isPrepared) this.#startNext();
    else await this.#prepare(id);
  }

  /** Says early what the server would refuse, and makes a picture smaller. */
  async #prepare(id: string): Promise<void> {
    const file = this.#files.get(id);
    if (!file?.blob) return;
    const { blob } = file;
    const prepared = await prepareFile(blob, this.shown.find(id)?.isPrepared ?? false);
    const entry = this.shown.find(id);
    if (!entry) return;
    if ('problem' in prepared) {
      this.#fail(id, prepared.problem);
      return;
    }
    const { sent } = prepared;
    file.blob = sent;
    const filename = sent === blob ? entry.filename : `${entry.filename.replace(/\.\w+$/, '')}.jpg`;
    this.shown.change(id, { isPrepared: true, size: sent.size, filename, state: 'waiting' });
    await this.#store(id);
    this.#startNext();
  }

  #startNext(): void {
    if (this.#isHeld) return;
    for (const id of startable(this.list, this.#files.sending())) this.#send(id);
  }

  #send(id: string): void {
    const entry = this.shown.find(id);
    const file = this.#files.get(id);
    if (!entry || !file?.blob) return;
    this.shown.change(id, { state: 'uploading' });
    const ended = (then: () => void) => {
      file.attempt = null;
      then();
      this.#startNext();
    };
    let isFirst = true;
    file.attempt = new UploadAttempt(this.#door, entry, {
      onUrl: (url) => {
        this.shown.change(id, { url });
        void this.#store(id);
      },
      onPercent: (percent) => {
        this.shown.change(id, isFirst ? { percent, resumedAt: percent } : { percent });
        isFirst = false;
      },
      onArrived: () => ended(() => this.#arrived(id)),
      onStopped: (status, body) => ended(() => this.#stopped(id, status, body)),
      onGone: () => ended(() => this.#fail(id, 'file-gone')),
      onNotLoaded: () => {
        file.attempt = null;
        this.#pause(id);
      },
    });
    void file.attempt.start(file.blob);
  }

  #pauseAll(): void {
    for (const [id, file] of this.#files.entries()) {
      if (!file.attempt) continue;
      file.attempt.stop();
      file.attempt = null;
      this.#pause(id);
    }
  }

  #stopped(id: string, status: number | undefined, body: string): void {
    const entry = this.shown.find(id);
    const file = this.#files.get(id);
    if (!entry || !file) return;
    if (status) file.faults += 1;
    if (!isFinal(status) && file.faults < MAX_FAULTS) {
      this.#pause(id);
      return;
    }
    const change = afterRefusal(entry, body);
    if (change.problem) this.#fail(id, change.problem);
    else this.shown.change(id, change);
  }

  #arrived(id: string): void {
    this.shown.change(id, { state: 'arrived', percent: 100 });
    this.#files.forget(id);
    setTimeout(() => this.#done(id), ARRIVED_MS);
  }

  #pause(id: string): void {
    this.shown.change(id, { state: 'paused' });
    if (!this.shown.waits(id, () => this.cancel(id))) return;
    setTimeout(() => navigator.onLine && this.resume(), RESUME_MS);
  }

  /** A file that can never be sent is not kept: nothing would become of it after a reload either. */
  #fail(id: string, problem: UploadProblem): void {
    this.shown.change(id, { state: 'failed', problem });
    if (!mayWorkLater(problem)) void deleteUpload(id);
  }

  #done(id: string): void {
    this.#files.forget(id);
    this.shown.remove(id);
  }

  async #store(id: string): Promise<void> {
    const entry = this.shown.find(id);
    if (entry) await this.#files.store(entry);
  }

  /** Somebody else signed in on this page: the files stay for their owner. */
  #leave(): void {
    this.#files.letGo();
    this.shown.clear();
  }
}

export const uploads = new UploadQueue();
