import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { isHttps } from '../identity/sessions.ts';

/** Headers of every answer; pages get a policy of their own, with nonces, from the web app. */
export async function registerHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    frameguard: { action: 'deny' },
    // Of this host alone: what stands beside it is not ours to decide on.
    strictTransportSecurity: isHttps(app.config) ? { maxAge: 31_536_000, includeSubDomains: false } : false,
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
}
