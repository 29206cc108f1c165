import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import { CreateTokenBody, TokenList, TokenSchema } from '@qijian/domain/contract/api/users.ts';
import { principalOf } from '../../plugins/session.ts';
import { createToken, listTokens, revokeToken } from './tokens.service.ts';

/** One's own API tokens, with which programs act. */
export const tokenRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app;

  app.get(
    '/api/auth/tokens',
    { config: { access: 'signed-in' }, schema: { response: { 200: TokenList } } },
    async (request) => ({ items: await listTokens(db, principalOf(request)) }),
  );

  app.post(
    '/api/auth/tokens',
    {
      config: { access: 'signed-in' },
      schema: { body: CreateTokenBody, response: { 201: TokenSchema } },
    },
    async (request, reply) => {
      // What is kept for an Idempotency-Key is the token without its secret: a replay has none to give.
      let secret: string | null = null;
      const token = await app.command(request, async (tx) => {
        const made = await createToken(tx, principalOf(request), request.body);
        secret = made.secret;
        return made.token;
      });
      return reply.code(201).send({ ...token, ...(secret ? { token: secret } : {}) });
    },
  );

  app.delete(
    '/api/auth/tokens/:id',
    { config: { access: 'signed-in' }, schema: { params: IdParams } },
    async (request, reply) => {
      await db.transaction((tx) => revokeToken(tx, principalOf(request), request.params.id));
      return reply.code(204).send();
    },
  );
};
