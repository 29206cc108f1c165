import { createHash } from 'node:crypto';
import type { Tx } from '@qijian/db/client.ts';
import { claimIdempotencyKey, storeIdempotentAnswer } from '@qijian/db/queries/idempotency.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { principalOf } from '../identity/authenticate.ts';
import { fieldProblem, Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * One command: `work` in one transaction. With an Idempotency-Key its result is kept in the same transaction and
     * answered again for the same key; another request under that key is refused.
     */
    command<T>(request: FastifyRequest, work: (tx: Tx) => Promise<T>): Promise<T>;
  }
}

/** Gives routes `app.command`, which lets live events out as soon as it has committed. */
export function registerCommands(app: FastifyInstance): void {
  app.decorate('command', async <T>(request: FastifyRequest, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const { endpoint } = request.routeOptions.config;
    if (!endpoint?.once) throw new Error(`${request.routeOptions.url} does not say that it is done once`);
    const key = request.headers['idempotency-key'];
    const run = () =>
      app.db.transaction(async (tx) => {
        if (key === undefined) return work(tx);
        if (typeof key !== 'string' || key.length < 8 || key.length > 200) {
          throw fieldProblem('Idempotency-Key', 'must have 8 to 200 characters');
        }
        const userId = request.portal?.linkId ?? principalOf(request).userId;
        const requestHash = hashOf(request);
        const known = await claimIdempotencyKey(tx, { userId, key, requestHash });
        if (known === null) {
          const answer = await work(tx);
          await storeIdempotentAnswer(tx, { userId, key, response: JSON.stringify(answer ?? null) });
          return answer;
        }
        if (known.requestHash !== requestHash) throw new Problem('idempotency-key-reused');
        return JSON.parse(known.response ?? 'null') as T;
      });
    return app.live.during(run);
  });
}

/** What a key stands for. Passwords are left out: a fast hash of one must not be stored. */
function hashOf(request: FastifyRequest): string {
  const body = JSON.stringify(request.body ?? null, (name, value) =>
    /password/i.test(name) ? undefined : value,
  );
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('hex');
}
