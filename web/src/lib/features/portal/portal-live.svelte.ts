import type {
  ClientToServerEvents,
  Doing,
  PortalEvent,
  PortalUploadProgress,
  ServerToPortalEvents,
} from '@qijian/domain/contract/live-events.ts';
import { SvelteMap } from 'svelte/reactivity';
import type { Socket } from '#lib/socket.ts';
import { StreamCursor } from '#lib/stream-cursor.ts';

/** A phone says again what it is doing, or counts as gone. */
const PRESENT_EVERY_MS = 4_000;
const BACK_OFF_MS = [500, 1_000, 2_000, 5_000, 10_000];
const ASK_AGAIN_MS = 2_000;
/** A little longer than the server waits before it says so itself. */
const STALLED_MS = 40_000;

interface Handlers {
  onEvent: (event: PortalEvent) => void;
  onReset: () => void;
  onEnded: () => void;
  /** Whether this device sends it. */
  isOwn: (uploadId: string) => Promise<boolean>;
  /** The type of which something is being sent by this page. */
  sends: () => string | null;
}

/** The socket of the customer's page: one stream, every event once and in order, and what the phone is doing. */
export class PortalLive {
  status = $state<'connecting' | 'live' | 'offline'>('connecting');
  /** Uploads that go on elsewhere, by type: at the desk, or on another phone. */
  readonly others = new SvelteMap<
    string,
    { by: 'staff' | 'customer'; percent: number; uploadId: string; at: number }
  >();
  readonly #customerId: string;
  readonly #handlers: Handlers;
  readonly #cursor: StreamCursor;
  readonly #stream: string;
  readonly #listening = new AbortController();
  #socket: Socket<ServerToPortalEvents, ClientToServerEvents> | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #attempt = 0;
  #doing: Doing = { kind: 'viewing', target: null };
  #asking = false;

  constructor(customerId: string, head: { stream: string; seq: number; epoch: string }, handlers: Handlers) {
    this.#customerId = customerId;
    this.#stream = head.stream;
    this.#cursor = new StreamCursor(head.seq, head.epoch);
    this.#handlers = handlers;
  }

  /** Connects; the library comes after the page, which is of use without it. */
  async start(): Promise<void> {
    if (this.#listening.signal.aborted) return;
    const library = await import('#lib/socket.ts').catch(() => null);
    if (this.#listening.signal.aborted) return;
    if (!library) {
      this.status = 'offline';
      setTimeout(() => void this.start(), this.#pause());
      return;
    }
    const { openSocket } = library;
    const socket: Socket<ServerToPortalEvents, ClientToServerEvents> = openSocket({
      query: { as: 'portal' },
    });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#attempt = 0;
      this.status = 'live';
      void this.#ask();
      this.announcePresence();
    });
    socket.on('disconnect', () => this.#lost());
    socket.on('connect_error', () => {
      this.#lost();
      this.#handlers.onEnded();
    });
    socket.on('event', (event) => {
      const verdict = event.stream === this.#stream ? this.#cursor.take(event.seq) : 'drop';
      if (verdict === 'resubscribe') void this.#ask();
      if (verdict === 'apply') this.#handlers.onEvent(event);
    });
    socket.on('revoked', () => this.#handlers.onEnded());
    // Sequential: finding out whose an upload is reads IndexedDB, and its end must not overtake that.
    let before = Promise.resolve();
    socket.on('portal-upload-progress', (step) => {
      before = before.then(() => this.#progressed(step));
    });
    const { signal } = this.#listening;
    window.addEventListener('online', () => socket.connect(), { signal });
    window.addEventListener('offline', () => socket.disconnect(), { signal });
    // A page in the background does not count as present.
    document.addEventListener('visibilitychange', () => this.announcePresence(), { signal });
    this.#timer = setInterval(() => {
      this.announcePresence();
      for (const [type, { at }] of this.others) if (at < Date.now() - STALLED_MS) this.others.delete(type);
    }, PRESENT_EVERY_MS);
    socket.connect();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#listening.abort();
    const socket = this.#socket;
    this.#socket = null;
    socket?.disconnect();
  }

  doing(doing: Doing): void {
    this.#doing = doing;
    this.announcePresence();
  }

  /** Says what the customer does now; while something is sent, looking at a page is not all. */
  announcePresence(): void {
    if (!this.#socket?.connected || document.hidden) return;
    const sent = this.#doing.kind === 'viewing' ? this.#handlers.sends() : null;
    const doing: Doing = sent ? { kind: 'uploading', target: sent } : this.#doing;
    this.#socket.emit('presence', { customerId: this.#customerId, doing }, () => {});
  }

  async #progressed({ uploadId, type, by, percent }: PortalUploadProgress): Promise<void> {
    const isOver = percent === null || percent >= 100;
    // Uploads of this device are shown by its own queue, whichever page began them.
    if (isOver || (by === 'customer' && (await this.#handlers.isOwn(uploadId)))) {
      if (this.others.get(type)?.uploadId === uploadId) this.others.delete(type);
    } else this.others.set(type, { by, percent, uploadId, at: Date.now() });
  }

  async #ask(): Promise<void> {
    const socket = this.#socket;
    if (!socket?.connected || this.#asking) return;
    this.#asking = true;
    const { applied, epoch } = this.#cursor;
    const answer = await socket
      .timeout(10_000)
      .emitWithAck('subscribe', { stream: this.#stream, after: applied, ...(epoch ? { epoch } : {}) })
      .catch(() => null);
    this.#asking = false;
    if (answer?.ok) this.#cursor.epoch = answer.epoch;
    else if (answer?.problem.type === 'stream-gone') this.#handlers.onReset();
    else if (answer?.problem.type === 'not-found') this.#handlers.onEnded();
    else setTimeout(() => void this.#ask(), ASK_AGAIN_MS);
  }

  #lost(): void {
    if (!this.#socket) return;
    this.status = 'offline';
    this.others.clear();
    setTimeout(() => this.#socket?.connect(), this.#pause());
  }

  /** Milliseconds until the next try, longer each time. */
  #pause(): number {
    const wait = BACK_OFF_MS[Math.min(this.#attempt, BACK_OFF_MS.length - 1)] ?? 10_000;
    this.#attempt += 1;
    return wait * (0.75 + Math.random() / 2);
  }
}
