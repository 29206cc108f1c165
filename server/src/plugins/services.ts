import type { FileStorage } from '@qijian/core/files/file-storage.ts';
import { pairFilesPatiently } from '@qijian/core/files/pairing.ts';
import { createProducer, type Producer } from '@qijian/core/jobs/producer.ts';
import { connect, type Db } from '@qijian/db/client.ts';
import type { FastifyInstance } from 'fastify';
import { Redis } from 'ioredis';
import type { Config } from '../config.ts';
import { credentialOf } from '../identity/authenticate.ts';
import { createLive, type Live } from '../live/live.ts';
import { createStorage } from '../storage/storage.ts';

declare module 'fastify' {
  interface FastifyInstance {
    config: Config;
    db: Db;
    redis: Redis;
    jobs: Producer;
    live: Live;
    storage: FileStorage;
  }
}

const REDIS_PATIENCE_MS = 300;

/** What every feature works with; closed in the opposite order. */
export async function registerServices(app: FastifyInstance, config: Config): Promise<void> {
  const database = connect(config.DATABASE_URL, { max: 12, applicationName: 'qijian-server' });
  const storage = createStorage(config);
  await pairFilesPatiently(database.db, storage, (error) =>
    app.log.warn({ err: error }, 'waiting for the database'),
  ).catch(async (error) => {
    await database.close();
    throw error;
  });
  const redis = new Redis(config.REDIS_URL, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    // A Redis that stands still is as good as none: nobody's request waits for it.
    commandTimeout: REDIS_PATIENCE_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  redis.on('error', (error) => app.log.debug({ err: error }, 'redis'));
  const jobs = createProducer(config.REDIS_URL, app.log);
  const live = createLive({
    databaseUrl: config.DATABASE_URL,
    redisUrl: config.REDIS_URL,
    publicUrl: config.PUBLIC_URL,
    credentialOf: (headers, as) => credentialOf(headers, config, as),
    mayConnect: async (key) => !(await app.count('sockets', key)).isTooMany,
    log: app.log,
  });
  app.decorate('config', config);
  app.decorate('db', database.db);
  app.decorate('redis', redis);
  app.decorate('jobs', jobs);
  app.decorate('live', live);
  app.decorate('storage', storage);
  app.addHook('onClose', async () => {
    await live.close();
    await jobs.close();
    redis.disconnect();
    await database.close();
  });
}
