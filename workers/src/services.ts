import { connect, type Db } from '@qijian/db/client.ts';
import type { FileStorage } from '@qijian/db/files/file-storage.ts';
import { openLocalFiles } from '@qijian/db/files/local-files.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import {
  JOBS,
  type JobData,
  type JobName,
  QUEUE_PREFIX,
  WAKE_CHANNEL,
} from '@qijian/domain/contract/jobs.ts';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { DecoderPool } from './images/decoder-pool.ts';

/** Pictures decoded at one time. */
const DECODERS = 2;

/** What every handler works with. */
export interface Services {
  db: Db;
  files: FileStorage;
  decoders: DecoderPool;
  log: Logger;
  /** Asks for another job; never throws: the reconciler finds the work on the row. */
  enqueue<N extends JobName>(name: N, data: JobData<N>): Promise<void>;
  /** Numbers what has been committed and wakes the servers; without Redis they find it within a second. */
  announce(): Promise<void>;
  close(): Promise<void>;
}

export function openServices(config: Config, log: Logger): Services {
  const database = connect(config.DATABASE_URL, { max: 8, applicationName: 'qijian-worker' });
  const redis = new Redis(config.REDIS_URL, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  redis.on('error', (error) => log.debug({ err: error }, 'redis'));
  const decoders = new DecoderPool({ size: DECODERS });
  const names = [...new Set(Object.values(JOBS).map((job) => job.queue))];
  const queues = new Map<string, Queue>(
    names.map((name) => {
      const queue = new Queue(name, { connection: redis, prefix: QUEUE_PREFIX, skipWaitingForReady: true });
      queue.on('error', () => {});
      return [name, queue];
    }),
  );
  return {
    db: database.db,
    files: openLocalFiles(config.filesFolder),
    decoders,
    log,
    async enqueue(name, data) {
      const { queue, attempts, backoff } = JOBS[name];
      try {
        await queues.get(queue)?.add(name, data, {
          attempts,
          backoff: { type: 'exponential', delay: backoff },
          removeOnComplete: true,
          removeOnFail: 1000,
        });
      } catch (error) {
        log.warn({ err: error, job: name }, 'a job was not enqueued; the reconciler will');
      }
    },
    async announce() {
      const grown = await sequenceBatch(database.db);
      if (grown.length === 0) return;
      await redis
        .publish(WAKE_CHANNEL, JSON.stringify(grown.map(({ stream }) => stream)))
        .catch((error) => log.debug({ err: error }, 'nobody was woken'));
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
      decoders.close();
      await database.close();
    },
  };
}
