import { JOBS, type JobData, type JobName, QUEUE_PREFIX, QUEUES } from '@qijian/domain/contract/jobs.ts';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

/** How far behind what somebody waits for just now. */
const CATCHING_UP = 10;
/** BullMQ takes priorities up to 2,097,152, the first being 1. */
const LAST = 2_000_000;

/** Where a job goes. */
export interface Place {
  /** Into the slow lane, where the job has one. */
  heavy: boolean;
  /** How many jobs of the same source wait already: those of other sources that wait for fewer go first. */
  behind: number;
}

export interface Producer {
  /**
   * Asks for a job; never throws and never waits for Redis: the reconciler finds the work on the row. With `once`, not
   * while the same that was asked for with `once` has not ended, and behind what somebody waits for just now.
   */
  enqueue<N extends JobName>(
    name: N,
    data: JobData<N>,
    options?: { once?: boolean; place?: Place },
  ): Promise<void>;
  /** Jobs waiting, by queue; null with Redis down. */
  waiting(): Promise<Record<string, number> | null>;
  close(): Promise<void>;
}

/** The one producer of jobs, for servers and workers. */
export function createProducer(
  redisUrl: string,
  log: { warn(detail: object, text: string): void; debug(detail: object, text: string): void },
): Producer {
  const connection = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    // Treat a Redis that hangs like one that is down.
    commandTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  connection.on('error', (error) => log.debug({ err: error }, 'redis of the producer'));

  // A Queue reads the Redis version in its constructor and never recovers if that fails: create it once Redis answers.
  let queues: Map<string, Queue> | null = null;
  connection.on('ready', () => {
    if (queues) return;
    queues = new Map(
      [...QUEUES.keys()].map((name) => {
        const queue = new Queue(name, { connection, prefix: QUEUE_PREFIX, skipWaitingForReady: true });
        queue.on('error', (error) => log.debug({ err: error }, 'queue'));
        return [name, queue];
      }),
    );
  });
  // Jobs asked for while the first connection is being made must not have to wait for the reconciler.
  const early = new Promise<void>((resolve) => {
    connection.once('ready', resolve);
    setTimeout(resolve, 1_000).unref();
  });

  return {
    async enqueue(name, data, options) {
      const job = JOBS[name];
      const { attempts, backoff } = job;
      const { once = false, place } = options ?? {};
      const queue = place?.heavy && 'slow' in job ? job.slow : job.queue;
      await early;
      try {
        if (!queues) throw new Error('Redis has not answered yet');
        await queues.get(queue)?.add(name, data, {
          attempts,
          backoff: { type: 'exponential', delay: backoff },
          removeOnComplete: true,
          removeOnFail: 1000,
          ...(once ? { deduplication: { id: [name, ...Object.values(data)].join('/') } } : {}),
          // Jobs without a priority go first.
          ...(once || place
            ? { priority: Math.min(LAST, (once ? CATCHING_UP : 1) + (place?.behind ?? 0)) }
            : {}),
        });
      } catch (error) {
        log.warn({ err: error, job: name }, 'a job was not enqueued; the reconciler will');
      }
    },
    async waiting() {
      if (!queues) return null;
      try {
        const counts = await Promise.all(
          [...queues].map(
            async ([name, queue]) =>
              [name, await queue.getJobCountByTypes('waiting', 'prioritized')] as const,
          ),
        );
        return Object.fromEntries(counts);
      } catch {
        return null;
      }
    },
    async close() {
      await Promise.allSettled([...(queues?.values() ?? [])].map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
