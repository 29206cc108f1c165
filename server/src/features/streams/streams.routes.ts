import websocket from '@fastify/websocket';
import { streamEndpoints } from '@qijian/domain/contract/api/streams.ts';
import { CUSTOMERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { type PartsOf, routeOf, serve } from '../../http/endpoint.ts';
import { Problem } from '../../http/problem.ts';
import { credentialOf, principalOf } from '../../identity/authenticate.ts';
import type { Entry } from '../../live/enter-stream.ts';
import { isForeignOrigin } from '../../live/origin.ts';
import { Feed } from './feed.ts';
import { openStream, readPage } from './streams.service.ts';

const PING_EVERY_MS = 30_000;
/** Programs only read. */
const LONGEST_MESSAGE = 1024;

/** Streams over HTTP, for catching up, and over plain WebSockets, for programs. */
export const streamRoutes: FastifyPluginAsync = async (app) => {
  const { config, db, live } = app;

  serve(app, streamEndpoints.readStream, (request) =>
    readPage(db, principalOf(request), { stream: request.params.stream, ...request.query }),
  );

  app.addHook('onReady', async () => live.attach(app.server));
  // Before the server waits for its connections to end.
  app.addHook('preClose', () => live.close());

  await app.register(websocket, { options: { maxPayload: LONGEST_MESSAGE, perMessageDeflate: false } });
  // A refused upgrade is answered by hand, so its connection must be ended here.
  app.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
  });
  const entries = new WeakMap<FastifyRequest, Entry>();
  const feeds = new Set<Feed>();
  const timer = setInterval(() => {
    for (const feed of feeds) feed.ping();
  }, PING_EVERY_MS);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));

  app.route<PartsOf<typeof streamEndpoints.openFeed>>({
    ...routeOf(streamEndpoints.openFeed),
    // Refused with an ordinary answer, before the connection becomes a WebSocket.
    preHandler: async (request) => {
      if (isForeignOrigin(request.headers, config.PUBLIC_URL)) throw new Problem('foreign-origin');
      await app.limit('sockets', credentialOf(request.headers, config) ?? '');
      const { stream = CUSTOMERS_STREAM, after, epoch } = request.query;
      entries.set(request, await openStream(db, principalOf(request), { stream, after, epoch }));
    },
    handler: async () => {
      throw new Problem('not-found', { detail: 'This address is for WebSockets' });
    },
    wsHandler(socket, request) {
      const { stream = CUSTOMERS_STREAM, after } = request.query;
      const entry = entries.get(request);
      const key = credentialOf(request.headers, config);
      if (!entry || !key) {
        socket.terminate();
        return;
      }
      const viewer = live.viewers.of(key, principalOf(request));
      const feed = new Feed(live, socket, viewer, {
        stream,
        position: after ?? entry.head,
        head: entry.head,
      });
      feeds.add(feed);
      socket.once('close', () => feeds.delete(feed));
    },
  });
};
