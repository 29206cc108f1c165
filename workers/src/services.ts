import type { FileStorage } from '@qijian/core/files/file-storage.ts';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { createProducer, type Producer } from '@qijian/core/jobs/producer.ts';
import { connect, type Db } from '@qijian/db/client.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import { WAKE_CHANNEL } from '@qijian/domain/contract/jobs.ts';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { DecoderPool } from './images/decoder-pool.ts';

/** Pictures decoded at one time. */
export const DECODERS = 2;

/** What every handler works with. */
export interface Services {
  db: Db;
  files: FileStorage;
  decoders: DecoderPool;
  log: Logger;
  enqueue: Producer['enqueue'];
  /** Numbers what has been committed and wakes the servers; without Redis they find it within a second. */
  announce(): Promise<void>;
  close(): Promise<void>;
}

export function openServices(config: Config, log: Logger): Services {
  const database = connect(config.DATABASE_URL, { max: 8, applicationName: 'qijian-worker' });
  const redis = new Redis(config.REDIS_URL, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  redis.on('error', (error) => log.debug({ err: error }, 'redis'));
  const decoders = new DecoderPool({ size: DECODERS });
  const jobs = createProducer(config.REDIS_URL, log);
  return {
    db: database.db,
    files: openLocalFiles(config.filesFolder),
    decoders,
    log,
    enqueue: jobs.enqueue,
    async announce() {
      const grown = await sequenceBatch(database.db);
      if (grown.length === 0) return;
      await redis
        .publish(WAKE_CHANNEL, JSON.stringify(grown.map(({ stream }) => stream)))
        .catch((error) => log.debug({ err: error }, 'nobody was woken'));
    },
    async close() {
      await jobs.close();
      redis.disconnect();
      decoders.close();
      await database.close();
    },
  };
}
