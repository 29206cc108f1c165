import type { Db } from '@qijian/db/client.ts';
import {
  type ClientToServerEvents,
  type Doing,
  type LiveEvent,
  PHONE_DOINGS,
  type ServerToClientEvents,
  type SubscribeAnswer,
} from '@qijian/domain/contract/live-events.ts';
import { PROBLEMS, type ProblemCode } from '@qijian/domain/contract/problems.ts';
import type { FastifyBaseLogger } from 'fastify';
import type { Server, Socket } from 'socket.io';
import { tellPassing, type WriteOptions } from './broadcast.ts';
import { enterStream } from './enter-stream.ts';
import { audienceOf } from './entitlement.ts';
import type { Presence } from './presence.ts';
import { type Progress, portalProgress } from './progress.ts';
import type { Pump, Subscriber } from './pump.ts';
import { Allowance } from './throttle.ts';
import type { Connection, Viewer, Viewers } from './viewers.ts';

/** What servers tell each other through the Redis adapter. */
export interface InterServerEvents {
  'presence-state': (state: Parameters<Presence['heard']>[0]) => void;
  'progress-step': (progress: Parameters<Progress['heard']>[0]) => void;
}
export interface SocketData {
  connection: SocketConnection;
}
export type LiveServer = Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;
export type LiveSocket = Socket<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;

const STREAMS_A_SOCKET = 50;
/** Messages of one socket: at once, and a second in the long run. */
const BURST = 120;
const RATE = 20;
/** Events and answers that may wait unsent for one socket. */
const UNSENT = 256;
const DRAIN_PATIENCE_MS = 15_000;
/** From the polite end of a connection to its hard end. */
const CLOSE_PATIENCE_MS = 800;

export interface SocketServices {
  db: Db;
  io: LiveServer;
  pump: Pump;
  viewers: Viewers;
  presence: Presence;
  progress: Progress;
  log: FastifyBaseLogger;
}

/** One Socket.IO connection of a viewer. */
export class SocketConnection implements Connection {
  readonly viewer: Viewer;
  readonly socket: LiveSocket;
  readonly services: SocketServices;
  readonly subscriptions = new Map<string, SocketSubscriber>();
  readonly #allowance = new Allowance(BURST);
  #missed = false;

  constructor(services: SocketServices, socket: LiveSocket, viewer: Viewer) {
    this.services = services;
    this.socket = socket;
    this.viewer = viewer;
  }

  /** Whether one more message may be looked at now. */
  mayAsk(): boolean {
    return this.#allowance.take(performance.now(), RATE, BURST);
  }

  streams(): Iterable<string> {
    return this.subscriptions.keys();
  }

  revoke(stream: string): void {
    this.unsubscribe(stream);
    this.socket.emit('revoked', { stream });
  }

  close(): void {
    this.socket.disconnect(true);
    setTimeout(() => this.terminate(), CLOSE_PATIENCE_MS).unref();
  }

  terminate(): void {
    hangUp(this.socket.conn);
  }

  unsubscribe(stream: string): void {
    const subscriber = this.subscriptions.get(stream);
    if (!subscriber) return;
    this.subscriptions.delete(stream);
    this.services.pump.remove(stream, subscriber);
  }

  async subscribe(body: { stream: string; after?: number; epoch?: string }): Promise<SubscribeAnswer> {
    const { db } = this.services;
    const { stream } = body;
    this.unsubscribe(stream);
    if (this.subscriptions.size >= STREAMS_A_SOCKET) return refused('rate-limited');
    const subscriber = new SocketSubscriber(this, stream);
    this.subscriptions.set(stream, subscriber);
    const entry = await enterStream(db, this.viewer, body).catch((error) => {
      this.services.log.warn({ err: error }, 'reading a stream failed');
      return 'unavailable' as const;
    });
    // Meanwhile the stream may have been given up or asked for again, or the connection may have ended.
    if (this.subscriptions.get(stream) !== subscriber) return refused('state-conflict');
    if (typeof entry === 'string') {
      this.subscriptions.delete(stream);
      return refused(entry);
    }
    subscriber.position = body.after ?? entry.head;
    // Later than the answer, so that whoever subscribes without a number knows where it begins.
    setImmediate(() => {
      if (this.subscriptions.get(stream) === subscriber)
        this.services.pump.add(stream, subscriber, entry.head);
    });
    return { ok: true, head: entry.head, epoch: entry.epoch };
  }

  /** What is going on at this moment, for somebody who has just joined a stream. */
  tellNow(stream: string): void {
    const { io, presence, progress } = this.services;
    const { id } = this.socket;
    const audience = audienceOf(stream);
    if (audience?.kind === 'portal') {
      for (const step of progress.active(audience.customerId)) {
        tellPassing(io, [id], 'portal-upload-progress', portalProgress(step));
      }
      return;
    }
    if (audience?.kind === 'customers') {
      const here = presence
        .customers()
        .map((customerId) => ({ customerId, people: presence.people(customerId) }));
      tellPassing(io, [id], 'now', { presence: here, uploads: progress.active(null) });
    } else if (audience?.kind === 'customer') {
      const { customerId } = audience;
      tellPassing(io, [id], 'presence', { customerId, people: presence.people(customerId) });
      for (const step of progress.active(customerId)) tellPassing(io, [id], 'upload-progress', step);
    } else return;
    tellPassing(io, [id], 'online', { people: presence.online() });
  }

  /** Something passing was left out: tells how things stand as soon as the other end has taken what was sent. */
  missed(): void {
    if (this.#missed) return;
    this.#missed = true;
    this.socket.conn.once('drain', () => {
      this.#missed = false;
      const { io, presence } = this.services;
      if (this.viewer.role !== 'portal')
        tellPassing(io, [this.socket.id], 'online', { people: presence.online() });
      for (const [stream, { state }] of this.subscriptions) if (state === 'member') this.tellNow(stream);
    });
  }

  async bePresent(customerId: string, doing: Doing | null): Promise<boolean> {
    if (this.viewer.role === 'portal') {
      const known = doing === null || PHONE_DOINGS.some((kind) => kind === doing.kind);
      if (!known || customerId !== this.viewer.customerId || !this.socket.connected) return false;
      this.services.presence.set(this, customerId, doing);
      return true;
    }
    const stream = `customer:${customerId}`;
    if (doing && !this.subscriptions.has(stream)) {
      const entry = await enterStream(this.services.db, this.viewer, { stream }).catch(() => 'unavailable');
      if (typeof entry === 'string') return false;
    }
    if (!this.socket.connected) return false;
    this.services.presence.set(this, customerId, doing);
    return true;
  }
}

class SocketSubscriber implements Subscriber {
  readonly viewer: Viewer;
  readonly connection: SocketConnection;
  readonly stream: string;
  position = 0;
  state: Subscriber['state'] = 'catching-up';

  constructor(connection: SocketConnection, stream: string) {
    this.viewer = connection.viewer;
    this.connection = connection;
    this.stream = stream;
  }

  join(): void {
    void this.connection.socket.join(this.stream);
    this.connection.tellNow(this.stream);
  }

  leave(): void {
    void this.connection.socket.leave(this.stream);
  }

  send(event: LiveEvent): void {
    this.connection.socket.emit('event', event);
  }

  congested(): boolean {
    return unsent(this.connection.socket) > UNSENT;
  }

  async drained(): Promise<boolean> {
    const { socket } = this.connection;
    if (unsent(socket) === 0) return true;
    const { conn } = socket;
    return new Promise((resolve) => {
      const settle = (result: boolean) => {
        clearTimeout(timer);
        conn.off('drain', onDrain);
        conn.off('close', onClose);
        resolve(result);
      };
      const onDrain = () => settle(true);
      const onClose = () => settle(false);
      const timer = setTimeout(onClose, DRAIN_PATIENCE_MS);
      conn.on('drain', onDrain);
      conn.on('close', onClose);
    });
  }

  drop(): void {
    this.connection.terminate();
  }
}

export type EngineConnection = LiveSocket['conn'];

/** Ends a connection without waiting for the other end to take what is unsent. */
export function hangUp(conn: EngineConnection): void {
  if (conn.readyState === 'closed') return;
  const { socket } = conn.transport as { socket?: { terminate?(): void } };
  if (socket?.terminate) socket.terminate();
  else conn.close(true);
}

/** Events and answers Engine.IO holds because the other end has not taken the earlier ones. */
function unsent(socket: LiveSocket): number {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: { options?: WriteOptions }[] };
  return writeBuffer.reduce((sum, { options }) => sum + (options?.messages ?? 1), 0);
}

/** The answer to a subscription that is not to be had. */
export function refused(type: ProblemCode): SubscribeAnswer {
  return { ok: false, problem: { type, detail: PROBLEMS[type][1] } };
}
