import { JOBS, type JobData, type JobName, QUEUE_PREFIX } from '@qijian/domain/contract/jobs.ts';
import { Queue } from 'bullmq';
import type { FastifyBaseLogger } from 'fastify';
import { Redis } from 'ioredis';

export interface Producer {
  /** Asks for a job; never throws: with Redis down the reconciler finds the work on the row. */
  enqueue<N extends JobName>(name: N, data: JobData<N>): Promise<void>;
  /** Jobs waiting, by queue; null with Redis down. */
  waiting(): Promise<Record<string, number> | null>;
  close(): Promise<void>;
}

/** The only producer of the server. */
export function createProducer(redisUrl: string, log: FastifyBaseLogger): Producer {
  const connection = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  connection.on('error', (error) => log.debug({ err: error }, 'redis of the producer'));
  const names = [...new Set(Object.values(JOBS).map((job) => job.queue))];
  const queues = new Map<string, Queue>(
    names.map((name) => {
      const queue = new Queue(name, { connection, prefix: QUEUE_PREFIX, skipWaitingForReady: true });
      queue.on('error', () => {});
      return [name, queue];
    }),
  );
  return {
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
    async waiting() {
      try {
        const counts = await Promise.all(
          [...queues].map(async ([name, queue]) => [name, await queue.getWaitingCount()] as const),
        );
        return Object.fromEntries(counts);
      } catch {
        return null;
      }
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
