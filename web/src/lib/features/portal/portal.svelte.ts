import type { PortalChecklistAnswer } from '@qijian/domain/contract/api/portal.ts';
import type { IncompleteGroup } from '@qijian/domain/rules/completeness.ts';
import {
  applyPortalChange,
  PORTAL_LINK_HEADER,
  type PortalDocument,
  type PortalItem,
  sharedReason,
} from '@qijian/domain/rules/portal.ts';
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { call } from '#lib/api.ts';
import { clockNow } from '#lib/clock.svelte.ts';
import { documentIdOf, type QueuedUpload } from '#lib/features/documents/upload-queue.ts';
import { handOver, portalOwner } from '#lib/features/documents/upload-store.ts';
import { uploads } from '#lib/features/documents/uploads.svelte.ts';
import { limits } from '#lib/limits.ts';
import { newId } from '#lib/new-id.ts';
import { rememberPerson } from './device.ts';
import { keepPicture, readPictures, smallPicture } from './own-pictures.ts';
import { PortalLive } from './portal-live.svelte.ts';
import { keepPages, keptPages } from './unsent-photos.ts';

/** A page asks for its own documents so often at most: a link bears only so many requests a minute. */
const OWN_EVERY_MS = 800;

const RELOAD_AGAIN_MS = 3_000;

/** Files that the server has not counted against the link yet. */
const unsent = () => uploads.list.filter(({ url, state }) => url === null && state !== 'failed').length;

/** The customer's file as their page knows it, kept true by its stream, and what this device is sending. */
export class Portal {
  checklist = $state.raw() as PortalChecklistAnswer;
  live = $state.raw<PortalLive>() as PortalLive;
  /** When the network was lost and came back, as long as something goes on because of it. */
  cut = $state<{ from: Date; to: Date | null } | null>(null);
  /** What has arrived while this page is open, as it was sent: the queue forgets it once it is a document. */
  readonly delivered = new SvelteMap<string, QueuedUpload>();
  /** Addresses of small pictures of what this device sent, by upload or document id. */
  readonly pictures = new SvelteMap<string, string>();
  /** Whether everything that taking and keeping a photograph needs is here, also without a network. */
  isReady = $state(false);
  /** Photographs that are not sent yet, by type. */
  readonly pages = new SvelteMap<string, File[]>();
  /** Which documents they are the missing pages of, by type. */
  readonly into = new SvelteMap<string, string>();
  #asking: ReturnType<typeof setTimeout> | undefined;
  #isLeft = false;
  readonly #blobs = new Map<string, Blob>();
  /** Which document an upload became; a small picture of it may be ready only later. */
  readonly #becomes = new Map<string, string>();
  readonly #onEnded: () => void;

  readonly required = $derived(this.checklist.items.filter((item) => item.required));
  readonly optional = $derived(this.checklist.items.filter((item) => !item.required));
  readonly isOpen = $derived(this.checklist.state !== 'approved' && this.checklist.state !== 'closed');
  /** Files this page has sent since the link's count was read. */
  #sent = $state(0);
  /** How many further files the link takes. */
  readonly filesLeft = $derived(Math.max(0, this.checklist.link.filesLeft - this.#sent));
  /** How far this device's clock is ahead of the server's, in milliseconds. */
  readonly skew: number;
  readonly sharedReason = $derived(sharedReason(this.checklist.items));
  readonly sending = $derived(uploads.of(this.checklist.customer.id));

  constructor(checklist: PortalChecklistAnswer, onEnded: () => void) {
    this.checklist = checklist;
    limits.maxFileBytes = checklist.link.maxFileBytes;
    this.skew = Date.now() - Date.parse(checklist.now);
    this.#onEnded = onEnded;
    this.#openLive();
  }

  /** Connects and takes up what an earlier page left; answers how to stop. */
  start(): () => void {
    void this.live.start();
    const { link, customer } = this.checklist;
    rememberPerson(this.owner);
    void uploads.start(this.owner, { path: '/api/portal/uploads', headers: this.#mine.headers }, () =>
      handOver(this.owner, customer.id),
    );
    void keptPages(this.owner, link.id).then((kept) => {
      for (const { type, pages, into } of kept) {
        if (this.pages.has(type)) continue;
        if (into) this.into.set(type, into);
        this.pages.set(type, pages);
      }
    });
    void readPictures().then((kept) => {
      for (const [id, picture] of kept) this.#show(id, picture);
    });
    const lost = () => {
      this.cut = { from: new Date(), to: null };
    };
    const back = () => {
      if (this.cut) this.cut = { ...this.cut, to: new Date() };
    };
    const listening = new AbortController();
    const { signal } = listening;
    window.addEventListener('offline', lost, { signal });
    window.addEventListener('online', back, { signal });
    // Meanwhile the link may have ended, or another one may have been opened in this browser.
    const seen = () => {
      if (!document.hidden) void this.checkEnded();
    };
    document.addEventListener('visibilitychange', seen, { signal });
    return () => {
      listening.abort();
      this.#isLeft = true;
      clearTimeout(this.#asking);
      this.live.stop();
      for (const url of this.pictures.values()) URL.revokeObjectURL(url);
      this.pictures.clear();
      this.#blobs.clear();
    };
  }

  /** Whose the files on this device are. */
  get owner(): string {
    return portalOwner(this.checklist.link.person);
  }

  /** Keeps photographs that are looked at and put in order before they are sent; none throws them away. */
  async keepPhotos(type: string, pages: File[]): Promise<void> {
    if (pages.length > 0) this.pages.set(type, pages);
    else {
      this.pages.delete(type);
      this.into.delete(type);
    }
    await keepPages(this.owner, { type, pages, into: this.into.get(type) });
  }

  /** The time by the server's clock, moving as the page's. */
  get now(): number {
    return clockNow() - this.skew;
  }

  item(type: string): PortalItem | undefined {
    return this.checklist.items.find((item) => item.type === type);
  }

  /** The uploads of this device for one type that are not documents yet. */
  sendingOf(type: string): QueuedUpload[] {
    const known = new Set(this.item(type)?.documents.map((document) => document.id));
    return this.sending.filter((upload) => upload.type === type && !known.has(documentIdOf(upload) ?? ''));
  }

  /** Sends files as one document, in this order; several photographs are its pages, or those that `into` lacks. */
  async send(
    type: string,
    files: File[],
    { into, ...options }: { original?: boolean; into?: IncompleteGroup | null } = {},
  ): Promise<void> {
    const groupId = newId();
    const groupOf = (index: number) => {
      if (into) return { id: into.id, index: into.missing[index] ?? 0, total: into.total };
      return files.length > 1 ? { id: groupId, index, total: files.length } : undefined;
    };
    this.#sent += files.length;
    const { id } = this.checklist.customer;
    const before = new Set(uploads.list.map((upload) => upload.id));
    const added = uploads.add(
      { id, name: '' },
      files.map((file, index) => ({
        file,
        type,
        group: groupOf(index),
      })),
      options,
    );
    const entries = uploads.list.filter((upload) => !before.has(upload.id));
    await Promise.all(
      entries.map(async (entry, index) => {
        const file = files[index];
        const picture = file && (await smallPicture(file));
        if (!picture) return;
        this.#show(entry.id, picture);
        await keepPicture(entry.id, picture);
        const documentId = this.#becomes.get(entry.id);
        if (documentId) this.adopt(entry.id, documentId);
      }),
    );
    await added;
  }

  /** The picture of an upload is the picture of the document it becomes. */
  adopt(uploadId: string, documentId: string): void {
    this.#becomes.set(uploadId, documentId);
    const picture = this.#blobs.get(uploadId);
    if (!picture || this.#blobs.has(documentId)) return;
    this.#show(documentId, picture);
    void keepPicture(documentId, picture);
  }

  /** The server has it for good. */
  arrived(upload: QueuedUpload): void {
    this.delivered.set(upload.id, { ...upload, state: 'arrived', percent: 100 });
  }

  async undo(document: PortalDocument): Promise<void> {
    await this.#asked(call('DELETE /api/portal/documents/:id', this.#of(document)));
    uploads.seen(document.id);
    for (const upload of this.delivered.values())
      if (documentIdOf(upload) === document.id) this.delivered.delete(upload.id);
  }

  /** The pages that have arrived are all of them. */
  async settle(document: PortalDocument): Promise<void> {
    await this.#asked(call('POST /api/portal/documents/:id/settle', this.#of(document)));
  }

  async waive(type: string, waived: boolean, reason?: string): Promise<void> {
    const body = { type, waived, ...(reason ? { reason } : {}) };
    await this.#asked(call('POST /api/portal/waive', { body, ...this.#mine }));
  }

  /** Whether the session is still this link's; a lost network must not look like a link that was withdrawn. */
  async checkEnded(): Promise<void> {
    const answer = await call('GET /api/portal/session').catch(() => null);
    if (answer && answer.session?.linkId !== this.checklist.link.id) this.#onEnded();
  }

  /** The same browser may have opened another link meanwhile. */
  get #mine() {
    return { headers: { [PORTAL_LINK_HEADER]: this.checklist.link.id } };
  }

  #of({ id }: PortalDocument) {
    return { params: { id }, ...this.#mine };
  }

  async #asked(request: Promise<unknown>): Promise<void> {
    await request.catch((error) => {
      void this.checkEnded();
      throw error;
    });
  }

  #show(id: string, picture: Blob): void {
    if (this.#blobs.has(id)) return;
    this.#blobs.set(id, picture);
    this.pictures.set(id, URL.createObjectURL(picture));
  }

  #openLive(): void {
    this.live = new PortalLive(this.checklist.customer.id, this.checklist.head, {
      onEvent: ({ data }) => {
        this.checklist = { ...this.checklist, ...applyPortalChange(this.checklist, data) };
        if (data.items.length > 0) this.#askOwn();
      },
      onReset: () => void this.#reload(),
      onEnded: () => void this.checkEnded(),
      isOwn: (uploadId) => uploads.isOwn(uploadId),
      sends: () => this.sending.find((upload) => upload.state === 'uploading')?.type ?? null,
    });
  }

  /** The stream is everybody's: what this link sent is asked for, at most once in a while however much happens. */
  #askOwn(): void {
    if (this.#asking) return;
    this.#askIn(OWN_EVERY_MS, () => {
      call('GET /api/portal/checklist', this.#mine)
        .then((answer) => this.#takeOwn(answer))
        .catch(() => {
          if (this.live.status === 'live' && !document.hidden) this.#askOwn();
        });
    });
  }

  #askIn(ms: number, ask: () => void): void {
    if (this.#isLeft) return;
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => {
      this.#asking = undefined;
      ask();
    }, ms);
  }

  /** Items are the stream's, which may be ahead of the answer. */
  #takeOwn({ items, link }: PortalChecklistAnswer): void {
    const own = new Map(items.map((item) => [item.type, item.documents]));
    this.checklist = {
      ...this.checklist,
      link,
      items: this.checklist.items.map((item) => ({
        ...item,
        documents: own.get(item.type) ?? item.documents,
      })),
    };
    this.#sent = unsent();
    for (const { id } of items.flatMap(({ documents }) => documents)) {
      const upload = this.sending.find((sent) => documentIdOf(sent) === id);
      if (upload) this.arrived(upload);
      uploads.seen(id);
    }
  }

  /** The log no longer reaches back to what is shown. */
  async #reload(): Promise<void> {
    const answer = await call('GET /api/portal/checklist', this.#mine).catch(() => null);
    if (this.#isLeft) return;
    if (!answer) {
      this.#askIn(RELOAD_AGAIN_MS, () => void this.#reload());
      return;
    }
    this.checklist = answer;
    this.#sent = unsent();
    this.live.stop();
    this.#openLive();
    void this.live.start();
  }
}

export const [portal, setPortal] = createContext<Portal>();
