import { access, constants, mkdir } from 'node:fs/promises';
import { isMigrated } from '@qijian/db/migrate.ts';
import { readEpoch } from '@qijian/db/queries/events.ts';
import { readFigures } from '@qijian/db/queries/figures.ts';
import { healthEndpoints } from '@qijian/domain/contract/api/health.ts';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { serve, serveRaw } from '../../http/endpoint.ts';
import { filesFolder } from '../../storage/storage.ts';

const PATIENCE_MS = 2_000;

/**
 * Whether this process lives, whether it can do its work, and its figures for Prometheus. Called rather than registered
 * as a plugin: its hook must see the requests of all the others.
 */
export function registerHealth(app: FastifyInstance): void {
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
    pumped: new Counter({
      name: 'live_events_pumped_total',
      help: 'Events brought to the readers of a stream',
      registers: [registry],
    }),
    deliveries: new Counter({
      name: 'live_deliveries_total',
      help: 'Events handed to sockets',
      registers: [registry],
    }),
  };
  const unnumbered = new Gauge({
    name: 'outbox_events',
    help: 'Committed events without a number yet',
    registers: [registry],
  });
  const drift = new Gauge({
    name: 'completeness_drift_customers',
    help: 'Customers of the last week whose completeness a nightly run had to repair; expected 0',
    registers: [registry],
  });
  const connections = new Gauge({
    name: 'database_connections',
    help: 'Connections of all our processes, by process and state',
    labelNames: ['application', 'state'],
    registers: [registry],
  });
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

  serve(app, healthEndpoints.readLiveness, async () => ({ status: 'ok' as const }));

  serveRaw(app, healthEndpoints.readReadiness, async (_request, reply) => {
    const [postgres, migrations, redis, storage] = await Promise.all([
      works(() => readEpoch(app.db)),
      works(async () => {
        if (!(await isMigrated(app.db))) throw new Error('the schema is older than this program');
      }),
      works(() => app.redis.ping()),
      works(async () => {
        await mkdir(filesFolder(app.config), { recursive: true, mode: 0o700 });
        await access(filesFolder(app.config), constants.W_OK);
      }),
    ]);
    const parts = { postgres, migrations, redis, storage };
    const ready = Object.values(parts).every((state) => state === 'ok');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', ...parts });
  });

  const counted = { deliveries: 0, broadcasts: 0 };
  serveRaw(app, healthEndpoints.readMetrics, async (_request, reply) => {
    const stats = app.live.stats();
    live.connections.set(stats.connections);
    live.streams.set(stats.streams);
    live.deliveries.inc(stats.deliveries - counted.deliveries);
    live.pumped.inc(stats.broadcasts - counted.broadcasts);
    Object.assign(counted, { deliveries: stats.deliveries, broadcasts: stats.broadcasts });
    // Leave out what cannot be read now rather than report a stale figure.
    const figures = await readFigures(app.db).catch(() => null);
    connections.reset();
    for (const { application, state, count } of figures?.connections ?? [])
      connections.set({ application, state }, count);
    for (const [gauge, value] of [
      [unnumbered, figures?.unnumbered],
      [drift, figures?.drift],
    ] as const) {
      if (value === undefined) gauge.reset();
      else gauge.set(value);
    }
    waiting.reset();
    for (const [queue, count] of Object.entries((await app.jobs.waiting()) ?? {}))
      waiting.set({ queue }, count);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** `ok`, or why not; within two seconds in any case. */
async function works(probe: () => Promise<unknown>): Promise<'ok' | 'not available'> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('late')), PATIENCE_MS).unref();
  });
  return Promise.race([probe(), late]).then(
    () => 'ok' as const,
    () => 'not available' as const,
  );
}
