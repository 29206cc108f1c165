import { QUEUE_PREFIX } from '@qijian/domain/contract/jobs.ts';
import { startRedis } from '@qijian/ops/start/embedded/redis.ts';
import { Redis } from 'ioredis';
import { removeDataDir, TOOLS_DIR, temporaryDataDir } from './services.ts';

export type TestRedis = {
  url: string;
  drop(): Promise<void>;
  /** Ends the server but keeps its content; `start` brings it back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
};

/**
 * A Redis server of its own for one test file (15 ms, 5 MB): pub/sub channels and queues of files that run side by
 * side would otherwise reach each other, and a test may stop it.
 */
export async function createTestRedis(): Promise<TestRedis> {
  const dataDir = temporaryDataDir();
  let service = await startRedis({ dataDir, toolsDir: TOOLS_DIR });
  const { url } = service;
  return {
    url,
    stop: () => service.stop(),
    start: async () => {
      service = await startRedis({ dataDir, toolsDir: TOOLS_DIR });
      if (service.url !== url) throw new Error('The test Redis came back at another address.');
    },
    drop: async () => {
      await service.stop();
      removeDataDir(dataDir);
    },
  };
}

/** Looks into a Redis from outside, and empties it: it may lose everything at any moment. */
export function lookInto(redisUrl: string) {
  const redis = new Redis(redisUrl);
  redis.on('error', () => {});
  return {
    /** Jobs that no worker has taken yet. */
    waiting: (queue: string) => redis.llen(`${QUEUE_PREFIX}:${queue}:wait`),
    empty: () => redis.flushall(),
    close: () => redis.disconnect(),
  };
}
