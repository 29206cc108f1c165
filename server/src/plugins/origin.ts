import type { FastifyInstance } from 'fastify';
import { Problem } from '../http/problem.ts';
import { isForeignOrigin } from '../live/origin.ts';

/** Refuses mutations that come from a page of another site (CSRF); programs send no Origin and pass. */
export function registerOriginCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
    if (isForeignOrigin(request.headers, app.config.PUBLIC_URL)) throw new Problem('foreign-origin');
  });
}
