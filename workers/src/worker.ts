import { pairFilesPatiently } from '@qijian/core/files/pairing.ts';
import { logStream } from '@qijian/core/logging/log-stream.ts';
import { loggableError } from '@qijian/core/logging/loggable-error.ts';
import { QUEUE_PREFIX, QUEUES } from '@qijian/domain/contract/jobs.ts';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { loadConfig } from './config.ts';
import { handle } from './handlers.ts';
import { startReconciler } from './reconciler.ts';
import { DECODERS, openServices } from './services.ts';

/** Jobs of one queue at one time; pictures are held back by the pool of decoders. */
const CONCURRENCY: Record<string, number> = {
  documents: 3,
  // One decoder is always free for what is soon done.
  'documents-slow': DECODERS - 1,
  catalog: 1,
};

const PATIENCE_MS = 10_000;

const config = loadConfig(process.env);
const log = pino({ level: config.LOG_LEVEL, serializers: { err: loggableError } }, logStream());
const services = openServices(config, log);
await pairFilesPatiently(services.db, services.files, (error) =>
  log.warn({ err: error }, 'waiting for the database'),
);

const workers = [...QUEUES].map(([queue, lane]) => {
  const connection = new Redis(config.REDIS_URL, {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  connection.on('error', (error) => log.debug({ err: error }, 'redis'));
  const worker = new Worker(queue, (job) => handle(services, job.name, job.data, lane), {
    connection,
    prefix: QUEUE_PREFIX,
    concurrency: CONCURRENCY[queue] ?? 1,
  });
  worker.on('error', (error) => log.debug({ err: error, queue }, 'worker'));
  worker.on('failed', (job, error) =>
    log.warn({ err: error, job: job?.name, id: job?.data }, 'a job failed'),
  );
  return { worker, connection };
});
const reconciler = startReconciler(services);
log.info('ready');

let closing = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    if (closing) return;
    closing = true;
    // Another worker picks up a job that does not finish in time.
    setTimeout(() => process.exit(0), PATIENCE_MS).unref();
    await reconciler.stop();
    await Promise.allSettled(workers.map(({ worker }) => worker.close()));
    for (const { connection } of workers) connection.disconnect();
    await services.close();
    process.exit(0);
  });
}
