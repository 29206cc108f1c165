import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect } from '@qijian/db/client.ts';
import type { CredentialKey } from '@qijian/db/queries/streams.ts';
import { streamEndpoints } from '@qijian/domain/contract/api/streams.ts';
import {
  CUSTOMERS_STREAM,
  customerStream,
  portalStream,
  type UploadProgress,
} from '@qijian/domain/contract/live-events.ts';
import { createAdapter } from '@socket.io/redis-adapter';
import type { FastifyBaseLogger } from 'fastify';
import { Server } from 'socket.io';
import { acceptSocket, STAFF_ROOM } from './accept-socket.ts';
import { broadcast, tellPassing } from './broadcast.ts';
import { type Accepted, type CredentialOf, handshake } from './handshake.ts';
import { Presence } from './presence.ts';
import { Progress, portalProgress } from './progress.ts';
import { Pump, type Subscriber } from './pump.ts';
import { Sequencer } from './sequencer.ts';
import { type EngineConnection, hangUp, type LiveServer } from './subscriptions.ts';
import { Viewers } from './viewers.ts';
import { connectRedis, Wake } from './wake.ts';

/** How often leftovers are numbered, and lost wakes and revoked rights looked for. */
const CHECK_EVERY_MS = 500;
/** From the polite end of all connections to the hard one, when the process ends. */
const CLOSE_PATIENCE_MS = 150;
/** Sockets only ask for streams; anything longer is no request of ours. */
const LONGEST_MESSAGE = 16 * 1024;

/** Figures for `/metrics`. */
export interface LiveStats {
  connections: number;
  streams: number;
  reads: number;
  broadcasts: number;
  deliveries: number;
  revoked: number;
  demoted: number;
  dropped: number;
}

export interface Live {
  /** Numbers new events, brings them to local subscribers and wakes the other servers; never fails, never waits. */
  flush(): void;
  /** Does a command, and what `flush` does once it has ended. */
  during<T>(command: () => Promise<T>): Promise<T>;
  /** Shows a step of an upload to everybody on this customer and on the list. */
  progress(progress: UploadProgress): void;
  stats(): LiveStats;
  /** For feeds: the pump, who is connected, and who gets the broadcasts of a stream besides its Socket.IO room. */
  readonly pump: Pump;
  readonly viewers: Viewers;
  readonly programs: Map<string, Set<Pick<Subscriber, 'send'>>>;
  /** Takes over Socket.IO's part of the server's port. */
  attach(server: HttpServer): void;
  close(): Promise<void>;
}

/** The live side of one server process. */
export function createLive(options: {
  databaseUrl: string;
  redisUrl: string;
  publicUrl: string;
  credentialOf: CredentialOf;
  /** Whether a credential may open one more socket now. */
  mayConnect: (key: CredentialKey) => Promise<boolean>;
  log: FastifyBaseLogger;
  /** Tests of wakes alone let no check come. */
  checkEveryMs?: number;
}): Live {
  const { log, checkEveryMs = CHECK_EVERY_MS } = options;
  // Connections of its own: events do not queue behind slow requests. A new plan of what reads them would take Postgres
  // five times as long as the reading.
  const { db, close: closeDb } = connect(options.databaseUrl, {
    max: 3,
    applicationName: 'qijian-live',
    keepPlans: true,
  });
  const redis = connectRedis(options.redisUrl, log);
  const door = handshake({ db, ...options });
  const io: LiveServer = new Server({
    adapter: createAdapter(redis.publisher, redis.sub),
    allowRequest: door.allowRequest,
    destroyUpgrade: false,
    maxHttpBufferSize: LONGEST_MESSAGE,
    perMessageDeflate: false,
    serveClient: false,
    connectTimeout: 5_000,
  });
  const viewers = new Viewers();
  const programs: Live['programs'] = new Map();

  const pump = new Pump({
    db,
    viewers,
    log,
    broadcast(stream, events) {
      broadcast(io, events);
      for (const program of programs.get(stream) ?? []) for (const event of events) program.send(event);
    },
  });
  const wake = new Wake(redis.publisher, redis.sub, (streams) => pump.wake(streams));
  const sequencer = new Sequencer({
    db,
    log,
    grown(heads) {
      pump.wakeGrown(heads);
      wake.publish(heads.map((head) => head.stream));
    },
  });

  const presence = new Presence(
    (rooms, event, body) => tellPassing(io, rooms ?? [STAFF_ROOM], event, body as never),
    (state) => io.serverSideEmit('presence-state', state),
  );
  const progress = new Progress(
    (step) => {
      tellPassing(io, [customerStream(step.customerId), CUSTOMERS_STREAM], 'upload-progress', step);
      tellPassing(io, [portalStream(step.customerId)], 'portal-upload-progress', portalProgress(step));
    },
    (step) => io.serverSideEmit('progress-step', step),
  );
  io.on('presence-state', (state) => presence.heard(state));
  io.on('progress-step', (step) => progress.heard(step));

  const services = { db, io, pump, viewers, presence, progress, log };
  io.on('connection', (socket) => {
    const accepted = (socket.conn as { accepted?: Accepted }).accepted;
    if (accepted) acceptSocket(services, socket, viewers.of(accepted.key, accepted.holder));
    else socket.disconnect(true);
  });

  let checking = false;
  const timer = setInterval(async () => {
    sequencer.drain();
    wake.forget();
    progress.sweep();
    if (checking) return;
    checking = true;
    try {
      await pump.check();
    } catch (error) {
      log.warn({ err: error }, 'checking live connections failed');
    } finally {
      checking = false;
    }
  }, checkEveryMs);
  timer.unref();

  let attached = false;
  let closed = false;
  return {
    flush() {
      if (!closed) sequencer.flush();
    },
    during: (command) => (closed ? command() : sequencer.during(command)),
    progress: (step) => progress.report(step),
    stats: () => ({ connections: io.engine?.clientsCount ?? 0, streams: pump.streams, ...pump.counts }),
    pump,
    viewers,
    programs,
    attach(server) {
      if (attached) return;
      attached = true;
      attachBeside(io, server);
      io.engine.on('connection', (raw: { accepted?: Accepted; request: IncomingMessage | null }) => {
        const accepted = door.accepted(raw.request);
        if (accepted) raw.accepted = accepted;
        // An idle connection need not keep its handshake request.
        raw.request = null;
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      presence.close();
      progress.close();
      pump.close();
      if (attached) {
        io.local.disconnectSockets(true);
        io.engine.close();
        // Clients that do not read would keep the server open for half a minute.
        await new Promise((resolve) => setTimeout(resolve, CLOSE_PATIENCE_MS));
        const { clients } = io.engine as unknown as { clients: Record<string, EngineConnection> };
        for (const conn of Object.values(clients)) hangUp(conn);
      }
      await sequencer.settled();
      redis.close();
      await closeDb();
    },
  };
}

/**
 * Socket.IO next to the feed: each gets the upgrades of its own path. Others are refused here, because an ordinary
 * route would answer them and leave a connection behind that no timeout ends.
 */
function attachBeside(io: LiveServer, server: HttpServer): void {
  type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  const others = server.listeners('upgrade') as Upgrade[];
  server.removeAllListeners('upgrade');
  io.attach(server);
  const own = server.listeners('upgrade') as Upgrade[];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?')[0];
    const listeners = path === '/socket.io/' ? own : path === streamEndpoints.openFeed.path ? others : [];
    for (const listener of listeners) listener(request, socket, head);
    if (listeners.length > 0) return;
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}
