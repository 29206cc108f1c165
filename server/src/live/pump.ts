import type { Db } from '@qijian/db/client.ts';
import { checkStreams, readStreams } from '@qijian/db/queries/streams.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { FastifyBaseLogger } from 'fastify';
import { retryLostQuery } from './retry-lost-query.ts';
import type { Viewer, Viewers } from './viewers.ts';

/** Events of one stream in one read. */
const PAGE = 200;
/** Streams in one read. */
const BATCH = 64;
/** Further behind than this a subscriber reads its own pages until it is near, so that it holds nobody up. */
const NEAR = 100;
/** Messages written without letting sockets drain. */
const BURST = 4_000;

/** One stream on one connection. The pump owns `state` and `position`; the rest is the connection's. */
export interface Subscriber {
  readonly viewer: Viewer;
  /** The last number this subscriber was sent, or began at; while a member, the stream's cursor counts. */
  position: number;
  state: 'catching-up' | 'waiting' | 'member' | 'gone';
  /** From now on the broadcast reaches it. */
  join(): void;
  leave(): void;
  /** One event to this subscriber alone. */
  send(event: LiveEvent): void;
  /** Whether too much waits unsent. */
  congested(): boolean;
  /** Resolves to true when the other end has taken what was sent, to false when it does not. */
  drained(): Promise<boolean>;
  /** Ends the whole connection; the other end comes back and catches up. */
  drop(): void;
}

interface LiveStream {
  readonly name: string;
  /** The last number broadcast. */
  cursor: number;
  members: number;
  readonly subscribers: Set<Subscriber>;
}

/**
 * Brings numbered events to local subscribers: one cursor per stream, one read per wake. Only the pump's own loop lets
 * a subscriber into a room, between a read that checked its right and the broadcast of what that read found; so
 * nobody misses an event, gets one twice, or gets one its right was not checked for.
 */
export class Pump {
  readonly #streams = new Map<string, LiveStream>();
  readonly #woken = new Set<string>();
  readonly #db: Db;
  readonly #viewers: Viewers;
  readonly #broadcast: (stream: string, events: LiveEvent[]) => void;
  readonly #log: FastifyBaseLogger;
  #running = false;
  #closed = false;
  #epoch = '';
  readonly counts = { reads: 0, broadcasts: 0, deliveries: 0, revoked: 0, demoted: 0, dropped: 0 };

  constructor(options: {
    db: Db;
    viewers: Viewers;
    /** Sends to everyone who joined the stream. */
    broadcast: (stream: string, events: LiveEvent[]) => void;
    log: FastifyBaseLogger;
  }) {
    this.#db = options.db;
    this.#viewers = options.viewers;
    this.#broadcast = options.broadcast;
    this.#log = options.log;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Starts a subscriber behind `position`; `head` is where the stream stood when that was decided. */
  add(name: string, subscriber: Subscriber, head: number): void {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = { name, cursor: head, members: 0, subscribers: new Set() };
      this.#streams.set(name, stream);
    }
    stream.subscribers.add(subscriber);
    void this.#catchUp(stream, subscriber);
  }

  remove(name: string, subscriber: Subscriber): void {
    const { state } = subscriber;
    subscriber.state = 'gone';
    const stream = this.#streams.get(name);
    if (!stream?.subscribers.delete(subscriber)) return;
    if (state === 'member') {
      stream.members -= 1;
      subscriber.leave();
    }
    if (stream.subscribers.size === 0) this.#streams.delete(name);
  }

  /** Says that these streams may have grown; those without local subscribers cost nothing. */
  wake(names: Iterable<string>): void {
    for (const name of names) if (this.#streams.has(name)) this.#woken.add(name);
    if (this.#woken.size > 0 && !this.#running && !this.#closed) void this.#run();
  }

  /** Wakes those whose head is known to be ahead of what was broadcast. */
  wakeGrown(heads: readonly { stream: string; head: number }[]): void {
    this.wake(
      heads.filter((h) => h.head > (this.#streams.get(h.stream)?.cursor ?? h.head)).map((h) => h.stream),
    );
  }

  /** Looks at all streams and all connections at once, whatever wakes were lost. Returns false after a restore. */
  async check(): Promise<boolean> {
    const viewers = this.#viewers.all();
    if (viewers.length === 0) {
      this.#epoch = '';
      return true;
    }
    const { heads, epoch, changed } = await retryLostQuery(() =>
      checkStreams(this.#db, [...this.#streams.keys()], viewers),
    );
    this.counts.revoked += changed.length;
    this.#viewers.apply(changed);
    const restored = this.#epoch !== '' && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (restored) {
      for (const viewer of this.#viewers.all())
        for (const connection of [...viewer.connections]) connection.close();
      return false;
    }
    for (const stream of this.#streams.values()) this.#sortOutSlow(stream);
    this.wakeGrown(heads);
    this.wake([...this.#streams.values()].filter(hasWaiting).map((stream) => stream.name));
    return true;
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#woken.size > 0 && !this.#closed) await this.#round();
    } catch (error) {
      // The next check finds what was not read.
      this.#log.warn({ err: error }, 'reading live streams failed');
    } finally {
      this.#running = false;
    }
  }

  async #round(): Promise<void> {
    const batch: LiveStream[] = [];
    for (const name of this.#woken) {
      this.#woken.delete(name);
      const stream = this.#streams.get(name);
      if (stream) batch.push(stream);
      if (batch.length === BATCH) break;
    }
    if (batch.length === 0) return;
    const seen = new Set<Viewer>();
    const wanted = batch.map((stream) => {
      const checked: Subscriber[] = [];
      let after = stream.cursor;
      for (const subscriber of stream.subscribers) {
        if (subscriber.state === 'catching-up') continue;
        seen.add(subscriber.viewer);
        if (subscriber.state !== 'waiting') continue;
        checked.push(subscriber);
        after = Math.min(after, subscriber.position);
      }
      return { stream: stream.name, after, live: stream, waiting: checked };
    });
    this.counts.reads += 1;
    const { events, changed } = await retryLostQuery(() => readStreams(this.#db, wanted, PAGE, [...seen]));
    this.counts.revoked += changed.length;
    this.#viewers.apply(changed);
    for (const { live, waiting } of wanted) {
      const page = events.get(live.name) ?? [];
      await this.#deliver(live, waiting, page);
      if (page.length === PAGE) this.#woken.add(live.name);
    }
  }

  async #deliver(stream: LiveStream, waiting: Subscriber[], events: LiveEvent[]): Promise<void> {
    let written = 0;
    let together: LiveEvent[] = [];
    const announce = () => {
      written += this.#announce(stream, together);
      together = [];
    };
    for (const event of events) {
      if (event.seq <= stream.cursor) {
        for (const subscriber of waiting) {
          if (subscriber.state !== 'waiting' || subscriber.position >= event.seq) continue;
          subscriber.send(event);
          subscriber.position = event.seq;
          written += 1;
        }
      } else {
        if (waiting.some(({ state, position }) => state === 'waiting' && position === stream.cursor)) {
          announce();
          this.#admit(stream, waiting);
        }
        together.push(event);
        stream.cursor = event.seq;
      }
      if (written + together.length * stream.members > BURST) {
        announce();
        written = 0;
        await new Promise(setImmediate);
        this.#sortOutSlow(stream);
      }
    }
    announce();
    this.#admit(stream, waiting);
    this.#sortOutSlow(stream);
  }

  /** Lets in those who have had everything that was broadcast. */
  #admit(stream: LiveStream, waiting: Subscriber[]): void {
    for (const subscriber of waiting) {
      if (subscriber.state !== 'waiting' || subscriber.position !== stream.cursor) continue;
      subscriber.state = 'member';
      stream.members += 1;
      subscriber.join();
    }
  }

  /** One broadcast; the number of messages it was. */
  #announce(stream: LiveStream, events: LiveEvent[]): number {
    if (stream.members === 0 || events.length === 0) return 0;
    this.#broadcast(stream.name, events);
    const deliveries = events.length * stream.members;
    this.counts.broadcasts += 1;
    this.counts.deliveries += deliveries;
    return deliveries;
  }

  /** Takes those who do not read out of the room; they go on by pages of their own, at their own pace. */
  #sortOutSlow(stream: LiveStream): void {
    for (const subscriber of stream.subscribers) {
      if (subscriber.state !== 'member' || !subscriber.congested()) continue;
      this.counts.demoted += 1;
      subscriber.state = 'catching-up';
      subscriber.position = stream.cursor;
      stream.members -= 1;
      subscriber.leave();
      void this.#catchUp(stream, subscriber);
    }
  }

  async #catchUp(stream: LiveStream, subscriber: Subscriber): Promise<void> {
    const catchingUp = () => subscriber.state === 'catching-up';
    try {
      while (catchingUp()) {
        if (!(await subscriber.drained())) break;
        if (!catchingUp()) return;
        if (stream.cursor - subscriber.position <= NEAR) {
          subscriber.state = 'waiting';
          this.wake([stream.name]);
          return;
        }
        const wanted = [{ stream: stream.name, after: subscriber.position }];
        const { events, changed } = await retryLostQuery(() =>
          readStreams(this.#db, wanted, PAGE, [subscriber.viewer]),
        );
        this.#viewers.apply(changed);
        const page = events.get(stream.name) ?? [];
        // A page that does not follow on: the log was trimmed under a subscriber that took too long.
        if (catchingUp() && page[0]?.seq !== subscriber.position + 1) break;
        for (const event of page) {
          if (!catchingUp() || event.seq > stream.cursor) break;
          subscriber.send(event);
          subscriber.position = event.seq;
        }
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'catching up failed');
    }
    if (!catchingUp()) return;
    this.counts.dropped += 1;
    subscriber.drop();
  }
}

function hasWaiting(stream: LiveStream): boolean {
  for (const subscriber of stream.subscribers) if (subscriber.state === 'waiting') return true;
  return false;
}
