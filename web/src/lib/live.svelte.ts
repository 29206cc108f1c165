import type {
  ClientToServerEvents,
  Doing,
  LiveEvent,
  PresentPerson,
  ServerToClientEvents,
  UploadProgress,
} from '@qijian/domain/contract/live-events.ts';
import { SvelteMap } from 'svelte/reactivity';
import { call, ProblemError } from './api.ts';
import { openSocket, type Socket } from './socket.ts';
import { StreamCursor } from './stream-cursor.ts';

interface Subscription {
  stream: string;
  cursor: StreamCursor;
  /** Begins wherever the stream is once it is asked for; there is no snapshot that it must fit. */
  fromNow: boolean;
  onEvent: (event: LiveEvent) => void;
  /** The log no longer reaches back to what is shown: take a fresh snapshot. */
  onReset: () => void;
  /** Requests for the stream that wait for their turn or their answer. */
  asking: number;
  /** Events up to this number happened while the connection was away. */
  awayTo: number;
  onRevoked?: (() => void) | undefined;
}

type LiveSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

const PING_EVERY_MS = 15_000;
const BACK_OFF_MS = [500, 1_000, 2_000, 5_000, 10_000];
const MAX_AWAY = 200;
const ASK_AGAIN_MS = 2_000;
const ARRIVED_MS = 2_000;

/**
 * The socket of the desk. Keeps `applied` for each stream, applies each event once and in order, asks again after a gap, and
 * says how live the screen is.
 */
export class Live {
  status = $state<'connecting' | 'live' | 'offline'>('connecting');
  latencyMs = $state<number | null>(null);
  attempt = $state(0);
  retryInSeconds = $state(0);
  /** When the screen was last known to be true. */
  liveUntil = $state<Date | null>(null);
  /** What happened while the connection was away, oldest first; kept until it is read. */
  away = $state<LiveEvent[]>([]);
  online = $state<{ id: string; name: string }[]>([]);
  /** Who is on which customer; keyed by customer id. */
  readonly presence = new SvelteMap<string, PresentPerson[]>();
  /** Uploads going on elsewhere and here; keyed by upload id. */
  readonly uploads = new SvelteMap<string, UploadProgress>();

  readonly #subscriptions = new Set<Subscription>();
  readonly #turns = new Map<string, Promise<void>>();
  #socket: LiveSocket | null = null;
  #retry: ReturnType<typeof setInterval> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #doing: { customerId: string; doing: Doing } | null = null;
  #wasLive = false;
  readonly #listening = new AbortController();
  readonly #onSignedOut: () => void;
  readonly #open: () => LiveSocket;

  constructor(onSignedOut: () => void, open: () => LiveSocket = openSocket) {
    this.#onSignedOut = onSignedOut;
    this.#open = open;
  }

  /** Connects; call once, in the browser. */
  start(): void {
    const socket = this.#open();
    this.#socket = socket;
    socket.on('connect', () => this.#connected());
    socket.on('disconnect', () => this.#lost());
    socket.on('connect_error', () => {
      this.#lost();
      void this.#checkSignedIn();
    });
    socket.on('event', (event) => this.#receive(event));
    socket.on('revoked', ({ stream }) => this.#revoked(stream));
    socket.on('presence', ({ customerId, people }) => {
      if (people.length === 0) this.presence.delete(customerId);
      else this.presence.set(customerId, people);
    });
    socket.on('now', ({ presence, uploads }) => {
      replaceAll(
        this.presence,
        presence.map(({ customerId, people }) => [customerId, people]),
      );
      replaceAll(
        this.uploads,
        uploads.map((progress) => [progress.uploadId, progress]),
      );
    });
    socket.on('online', ({ people }) => {
      this.online = people;
    });
    socket.on('upload-progress', (progress) => {
      if (progress.percent === null) this.uploads.delete(progress.uploadId);
      else this.uploads.set(progress.uploadId, progress);
      // Its document is on the way or already here; leave no ghost behind.
      if (progress.percent === 100) setTimeout(() => this.uploads.delete(progress.uploadId), ARRIVED_MS);
    });
    const { signal } = this.#listening;
    window.addEventListener('online', () => this.reconnectNow(), { signal });
    window.addEventListener('offline', () => socket.disconnect(), { signal });
    socket.connect();
  }

  stop(): void {
    clearInterval(this.#retry);
    clearInterval(this.#ping);
    this.#listening.abort();
    const socket = this.#socket;
    this.#socket = null;
    socket?.disconnect();
  }

  /** Reads a stream from a snapshot's head on; answers how to stop. */
  subscribe(
    from: { stream: string; seq: number; epoch: string },
    handlers: Pick<Subscription, 'onEvent' | 'onReset' | 'onRevoked'>,
  ): () => void {
    return this.#add(from.stream, new StreamCursor(from.seq, from.epoch), false, handlers);
  }

  /** Reads what happens on a stream from now on; `onReset` when something may have been missed. Answers how to stop. */
  follow(stream: string, handlers: Pick<Subscription, 'onEvent' | 'onReset'>): () => void {
    return this.#add(stream, new StreamCursor(0), true, handlers);
  }

  #add(
    stream: string,
    cursor: StreamCursor,
    fromNow: boolean,
    handlers: Pick<Subscription, 'onEvent' | 'onReset' | 'onRevoked'>,
  ): () => void {
    const subscription: Subscription = { stream, cursor, fromNow, asking: 0, awayTo: 0, ...handlers };
    this.#subscriptions.add(subscription);
    void this.#ask(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      const shared = [...this.#subscriptions].some((other) => other.stream === stream);
      if (!shared && this.#socket?.connected) this.#socket.emit('unsubscribe', { stream }, () => {});
    };
  }

  /** Tells the others what one is doing on a customer; null when one leaves. */
  doing(customerId: string, doing: Doing | null): void {
    if (doing) this.#doing = { customerId, doing };
    else if (this.#doing?.customerId === customerId) this.#doing = null;
    if (this.#socket?.connected) this.#socket.emit('presence', { customerId, doing }, () => {});
  }

  reconnectNow(): void {
    clearInterval(this.#retry);
    this.retryInSeconds = 0;
    if (this.#socket && !this.#socket.connected) this.#socket.connect();
  }

  /** One after another for each stream: the server knows one reader a socket and stream, and refuses the slower of two. */
  #ask(subscription: Subscription): Promise<void> {
    const { stream } = subscription;
    subscription.asking += 1;
    const turn = (this.#turns.get(stream) ?? Promise.resolve())
      .then(() => this.#askNow(subscription))
      .finally(() => {
        subscription.asking -= 1;
        if (this.#turns.get(stream) === turn) this.#turns.delete(stream);
      });
    this.#turns.set(stream, turn);
    return turn;
  }

  async #askNow(subscription: Subscription): Promise<void> {
    const socket = this.#socket;
    if (!socket?.connected || !this.#subscriptions.has(subscription)) return;
    const { stream, cursor } = subscription;
    const fromNow = subscription.fromNow && cursor.epoch === undefined;
    // Other subscriptions of this page share the stream: restart from the furthest behind.
    const readers = [...this.#subscriptions].filter(
      (other) => other.stream === stream && (other.cursor.epoch !== undefined || other === subscription),
    );
    const known = readers.filter(({ cursor }) => !(fromNow && cursor === subscription.cursor));
    const epoch = cursor.epoch ?? known[0]?.cursor.epoch;
    try {
      const answer = await socket.timeout(10_000).emitWithAck('subscribe', {
        stream,
        ...(known.length > 0 ? { after: Math.min(...known.map(({ cursor }) => cursor.applied)) } : {}),
        ...(epoch ? { epoch } : {}),
      });
      if (!this.#subscriptions.has(subscription)) return;
      if (answer.ok) {
        cursor.epoch = answer.epoch;
        if (fromNow) cursor.applied = answer.head;
        if (subscription.awayTo === Number.POSITIVE_INFINITY) subscription.awayTo = answer.head;
      } else if (answer.problem.type === 'not-found') subscription.onRevoked?.();
      else {
        // A fresh snapshot resubscribes; retry if none could be read, and after transient refusals.
        if (answer.problem.type === 'stream-gone') {
          if (subscription.fromNow) subscription.cursor = new StreamCursor(0);
          subscription.onReset();
        }
        this.#askLater(subscription);
      }
    } catch {
      this.#askLater(subscription);
    }
  }

  #askLater(subscription: Subscription): void {
    setTimeout(() => void this.#ask(subscription), ASK_AGAIN_MS * (0.75 + Math.random() / 2));
  }

  /** Browsers do not say why a handshake was refused: an ended session must not look like a lost network. */
  async #checkSignedIn(): Promise<void> {
    try {
      await call('GET /api/auth/me', { fetch });
    } catch (error) {
      if (this.#socket && error instanceof ProblemError && error.problem.status === 401) this.#onSignedOut();
    }
  }

  #receive(event: LiveEvent): void {
    const readers = [...this.#subscriptions].filter(({ stream }) => stream === event.stream);
    for (const subscription of readers) {
      const verdict = subscription.cursor.take(event.seq);
      // One request restarts the stream for all its readers, however many events lie behind the gap.
      if (verdict === 'resubscribe' && !readers.some(({ asking }) => asking > 0))
        void this.#ask(subscription);
      if (verdict !== 'apply') continue;
      if (event.seq <= subscription.awayTo) {
        this.away = [...this.away.filter((known) => known.id !== event.id), event].slice(-MAX_AWAY);
      }
      subscription.onEvent(event);
    }
    if (event.type.startsWith('document.') && 'document' in event.data) {
      // The document has the id of its upload, so remove the ghost.
      this.uploads.delete(event.data.document.id);
    }
  }

  #connected(): void {
    clearInterval(this.#retry);
    if (this.#wasLive) {
      for (const subscription of this.#subscriptions) subscription.awayTo = Number.POSITIVE_INFINITY;
    }
    this.#wasLive = true;
    this.status = 'live';
    this.attempt = 0;
    this.retryInSeconds = 0;
    for (const subscription of this.#subscriptions) void this.#ask(subscription);
    if (this.#doing) this.#socket?.emit('presence', this.#doing, () => {});
    this.#measure();
    clearInterval(this.#ping);
    this.#ping = setInterval(() => this.#measure(), PING_EVERY_MS);
  }

  #measure(): void {
    const started = performance.now();
    this.#socket?.timeout(5_000).emit('latency', (error: Error | null) => {
      if (!error) this.latencyMs = Math.round(performance.now() - started);
    });
  }

  #lost(): void {
    clearInterval(this.#ping);
    if (!this.#socket) return;
    if (this.status === 'live') this.liveUntil = new Date();
    this.status = 'offline';
    this.presence.clear();
    this.uploads.clear();
    this.online = [];
    const base = BACK_OFF_MS[Math.min(this.attempt, BACK_OFF_MS.length - 1)] ?? 10_000;
    const wait = base * (0.75 + Math.random() / 2);
    this.attempt += 1;
    const at = Date.now() + wait;
    this.retryInSeconds = Math.ceil(wait / 1000);
    clearInterval(this.#retry);
    this.#retry = setInterval(() => {
      this.retryInSeconds = Math.max(0, Math.ceil((at - Date.now()) / 1000));
      if (Date.now() >= at) this.reconnectNow();
    }, 250);
  }

  #revoked(stream: string): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.stream === stream) subscription.onRevoked?.();
    }
  }
}

/** Leaves what stays in its place: whatever is shown of it does not blink. */
function replaceAll<K, V>(map: Map<K, V>, entries: [K, V][]): void {
  const kept = new Map(entries);
  for (const key of [...map.keys()]) if (!kept.has(key)) map.delete(key);
  for (const [key, value] of kept) map.set(key, value);
}

let current: Live | undefined;

/** The connection of this page; `openLive` must have been called. */
export function live(): Live {
  if (!current) throw new Error('There is no live connection on this page');
  return current;
}

/** Makes the connection of this page; it connects with `start`. */
export function openLive(onSignedOut: () => void): Live {
  current = new Live(onSignedOut);
  return current;
}
