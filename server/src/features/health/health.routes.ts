import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readEpoch } from '@qijian/db/queries/events.ts';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const PATIENCE_MS = 2_000;

/** Whether this process lives, whether it can do its work, and its figures for Prometheus. */
export const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  const live = {
    connections: new Gauge({ name: 'live_connections', help: 'Open sockets', registers: [registry] }),
    streams: new Gauge({ name: 'live_streams', help: 'Streams with local readers', registers: [registry] }),
    deliveries: new Counter({
      name: 'live_deliveries_total',
      help: 'Events handed to sockets',
      registers: [registry],
    }),
  };
  const waiting = new Gauge({
    name: 'jobs_waiting',
    help: 'Jobs waiting, by queue',
    labelNames: ['queue'],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    durations.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1000,
    );
  });

  app.get('/healthz', { config: { access: 'public' } }, async () => ({ status: 'ok' }));

  app.get('/readyz', { config: { access: 'public' } }, async (_request, reply) => {
    const parts = {
      postgres: await works(() => readEpoch(app.db)),
      redis: await works(() => app.redis.ping()),
      storage: await works(() => app.storage.size('ready')),
    };
    const ready = Object.values(parts).every((state) => state === 'ok');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', ...parts });
  });

  let counted = 0;
  app.get('/metrics', { config: { access: 'public' } }, async (_request, reply) => {
    const stats = app.live.stats();
    live.connections.set(stats.connections);
    live.streams.set(stats.streams);
    live.deliveries.inc(stats.deliveries - counted);
    counted = stats.deliveries;
    for (const [queue, count] of Object.entries((await app.jobs.waiting()) ?? {}))
      waiting.set({ queue }, count);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
};

/** `ok`, or why not; within two seconds in any case. */
async function works(probe: () => Promise<unknown>): Promise<'ok' | 'not reachable'> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('late')), PATIENCE_MS).unref();
  });
  return Promise.race([probe(), late]).then(
    () => 'ok' as const,
    () => 'not reachable' as const,
  );
}
