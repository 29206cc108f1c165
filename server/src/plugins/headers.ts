import type { FastifyInstance } from 'fastify';

/** Headers of every API answer; pages get theirs, with nonces, from the web app. */
export function registerHeaders(app: FastifyInstance): void {
  const https = app.config.PUBLIC_URL?.startsWith('https:') ?? false;
  const headers = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
}
