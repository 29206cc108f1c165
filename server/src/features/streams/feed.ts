import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { WebSocket } from 'ws';
import type { Live } from '../../live/live.ts';
import type { Subscriber } from '../../live/pump.ts';
import type { Connection, Viewer } from '../../live/viewers.ts';

/** Bytes that may wait unsent for one program. */
const UNSENT = 1024 * 1024;
const DRAIN_PATIENCE_MS = 15_000;
const CLOSE_PATIENCE_MS = 800;
/** Close codes of our own; the numbers follow HTTP's. */
const REVOKED = 4401;

const lines = new WeakMap<LiveEvent, string>();

/** One event as a line of JSON, made once for all programs. */
function lineOf(event: LiveEvent): string {
  let line = lines.get(event);
  if (!line) {
    line = `${JSON.stringify(event)}\n`;
    lines.set(event, line);
  }
  return line;
}

/** A program that follows one stream over a plain WebSocket: one event a message, each a line of JSON. */
export class Feed implements Connection, Subscriber {
  readonly viewer: Viewer;
  readonly stream: string;
  position: number;
  state: Subscriber['state'] = 'catching-up';
  readonly #live: Live;
  readonly #socket: WebSocket;
  #alive = true;

  constructor(
    live: Live,
    socket: WebSocket,
    viewer: Viewer,
    from: { stream: string; position: number; head: number },
  ) {
    this.#live = live;
    this.#socket = socket;
    this.viewer = viewer;
    this.stream = from.stream;
    this.position = from.position;
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.once('close', () => {
      live.pump.remove(this.stream, this);
      live.viewers.disconnect(this);
    });
    live.viewers.connect(this);
    live.pump.add(this.stream, this, from.head);
  }

  /** Ends a program that did not answer since the last time, and asks again. */
  ping(): void {
    if (!this.#alive) this.#socket.terminate();
    this.#alive = false;
    this.#socket.ping();
  }

  streams(): Iterable<string> {
    return this.state === 'gone' ? [] : [this.stream];
  }

  revoke(stream: string): void {
    this.#live.pump.remove(stream, this);
    this.close();
  }

  close(): void {
    this.#socket.close(REVOKED, 'revoked');
    setTimeout(() => this.#socket.terminate(), CLOSE_PATIENCE_MS).unref();
  }

  join(): void {
    const { programs } = this.#live;
    const joined = programs.get(this.stream) ?? new Set();
    programs.set(this.stream, joined.add(this));
  }

  leave(): void {
    const joined = this.#live.programs.get(this.stream);
    joined?.delete(this);
    if (joined?.size === 0) this.#live.programs.delete(this.stream);
  }

  send(event: LiveEvent): void {
    this.#socket.send(lineOf(event));
  }

  congested(): boolean {
    return this.#socket.bufferedAmount > UNSENT;
  }

  async drained(): Promise<boolean> {
    const end = Date.now() + DRAIN_PATIENCE_MS;
    while (this.#socket.bufferedAmount > 0) {
      if (Date.now() > end || this.#socket.readyState !== this.#socket.OPEN) return false;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return true;
  }

  drop(): void {
    this.#socket.terminate();
  }
}
