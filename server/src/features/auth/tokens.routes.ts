import { authEndpoints } from '@qijian/domain/contract/api/users.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { createToken, listTokens, revokeToken } from './tokens.service.ts';

/** One's own API tokens, with which programs act. */
export const tokenRoutes: FastifyPluginAsync = async (app) => {
  const { db } = app;

  serve(app, authEndpoints.listTokens, async (request) => ({
    items: await listTokens(db, principalOf(request)),
  }));

  serve(app, authEndpoints.createToken, async (request) => {
    // What is kept for an Idempotency-Key is the token without its secret: a replay has none to give.
    let secret: string | null = null;
    const token = await app.command(request, async (tx) => {
      const made = await createToken(tx, principalOf(request), request.body);
      secret = made.secret;
      return made.token;
    });
    return { ...token, ...(secret ? { token: secret } : {}) };
  });

  serve(app, authEndpoints.revokeToken, async (request) => {
    await db.transaction((tx) => revokeToken(tx, principalOf(request), request.params.id));
  });
};
