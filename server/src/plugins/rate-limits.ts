import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';

const MINUTE_MS = 60_000;

/** What is counted, for whom its key says: how often, and in what time. */
const limitsOf = (app: FastifyInstance) =>
  ({
    /** By link: everything its customers ask for. */
    portalRequests: [app.config.LINK_MAX_REQUESTS_PER_MINUTE, MINUTE_MS],
    /** By link: right codes; wrong ones have a limit of their own. */
    linkOpens: [30, 10 * MINUTE_MS],
    /** By person. */
    downloads: [300, 10 * MINUTE_MS],
    /** By person: told once for all downloads of that time. */
    manyDownloads: [1, 10 * MINUTE_MS],
    /** By person. */
    numberSearches: [app.config.NUMBER_SEARCHES, 15 * MINUTE_MS],
    /** By session, API token or portal session: new sockets and feeds. */
    sockets: [app.config.SESSION_MAX_SOCKETS_PER_MINUTE, MINUTE_MS],
  }) satisfies Record<string, [most: number, withinMs: number]>;
export type LimitName = keyof ReturnType<typeof limitsOf>;

/** One more of something for a key: how many there were with it, and how long to wait where that is too many. */
type Count = (name: LimitName, key: string) => Promise<{ made: number; isTooMany: boolean; seconds: number }>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts across all servers; while Redis is away nothing is counted and nobody is refused. */
    count: Count;
    /** As `count`, and refuses what is too many; answers how many there were. */
    limit(name: LimitName, key: string, problem?: 'too-many-requests' | 'too-many-searches'): Promise<number>;
  }
}

/** Gives routes limits that all server processes share. */
export async function registerRateLimits(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    redis: app.redis,
    nameSpace: 'qijian:limits:',
    skipOnError: true,
    // What is counted is not always a request, and never an address: behind one there may be a whole office.
    keyGenerator: (counted) => (counted as unknown as { key: string }).key,
  });
  const counters = Object.fromEntries(
    Object.entries(limitsOf(app)).map(([name, [max, timeWindow]]) => [
      name,
      app.createRateLimit({ max, timeWindow }),
    ]),
  ) as Record<LimitName, ReturnType<FastifyInstance['createRateLimit']>>;

  const count: Count = async (name, key) => {
    const counted = { key: `${name}:${key}`, routeOptions: {} };
    const found = await counters[name](counted as unknown as FastifyRequest);
    if (found.isAllowed) return { made: 0, isTooMany: false, seconds: 0 };
    const { isExceeded, max, remaining, ttlInSeconds } = found;
    return { made: max - remaining, isTooMany: isExceeded, seconds: Math.max(1, ttlInSeconds) };
  };
  app.decorate('count', count);
  app.decorate('limit', async (name, key, problem = 'too-many-requests') => {
    const { made, isTooMany, seconds } = await count(name, key);
    if (isTooMany) throw new Problem(problem, { retryAfter: seconds });
    return made;
  });
}
