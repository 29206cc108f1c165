import { WAKE_CHANNEL } from '@qijian/domain/contract/jobs.ts';
import type { FastifyBaseLogger } from 'fastify';
import { Redis } from 'ioredis';

/** Answers of Redis waited for at one time; beyond it a hint is not sent, so that a hung Redis costs no memory. */
const IN_FLIGHT = 500;

/** The publishing half that the Socket.IO adapter uses: never queues, never fails. */
export interface Publisher {
  publish(channel: string, message: string | Buffer): Promise<number>;
  on(): void;
  off(): void;
}

/** Two connections to Redis, for hints only: everything still works, a little later, when it is down. */
export function connectRedis(url: string, log: FastifyBaseLogger) {
  const options = {
    connectTimeout: 2_000,
    retryStrategy: (tries: number) => Math.min(50 * 2 ** tries, 1_000),
  };
  const pub = new Redis(url, { ...options, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  // The adapter does not await its subscriptions: they wait for the connection however long it takes, and one that is
  // still waiting at the end must not fail unheard.
  const sub = new Redis(url, { ...options, maxRetriesPerRequest: null });
  for (const command of ['subscribe', 'psubscribe', 'unsubscribe', 'punsubscribe'] as const) {
    const send = sub[command].bind(sub) as (...args: unknown[]) => Promise<unknown>;
    sub[command] = (...args: unknown[]) => {
      const sent = send(...args);
      sent.catch(() => {});
      return sent;
    };
  }
  for (const [redis, name] of [
    [pub, 'publish'],
    [sub, 'subscribe'],
  ] as const) {
    let told = false;
    redis.on('error', (error) => {
      if (!told) log.warn({ err: error, connection: name }, 'Redis is not reachable; live hints wait');
      told = true;
    });
    redis.on('ready', () => {
      told = false;
    });
  }

  let inFlight = 0;
  const publisher: Publisher = {
    async publish(channel, message) {
      if (pub.status !== 'ready' || inFlight >= IN_FLIGHT) return 0;
      inFlight += 1;
      try {
        return await pub.publish(channel, message);
      } catch {
        return 0;
      } finally {
        inFlight -= 1;
      }
    },
    on() {},
    off() {},
  };
  return {
    publisher,
    sub,
    close() {
      pub.disconnect();
      sub.disconnect();
    },
  };
}

/** Tells other processes which streams grew, and hears it from them. */
export class Wake {
  readonly #publisher: Publisher;
  /** What this process published and has not heard back yet. */
  readonly #own = new Set<string>();

  constructor(publisher: Publisher, sub: Redis, heard: (streams: string[]) => void) {
    this.#publisher = publisher;
    sub.subscribe(WAKE_CHANNEL).catch(() => {});
    sub.on('message', (channel: string, message: string) => {
      if (channel !== WAKE_CHANNEL || this.#own.delete(message)) return;
      heard(namesIn(message));
    });
  }

  publish(streams: string[]): void {
    const message = JSON.stringify(streams);
    this.#own.add(message);
    void this.#publisher.publish(WAKE_CHANNEL, message);
  }

  /** Forgets what never came back; called now and then. */
  forget(): void {
    this.#own.clear();
  }
}

function namesIn(message: string): string[] {
  try {
    const names: unknown = JSON.parse(message);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
