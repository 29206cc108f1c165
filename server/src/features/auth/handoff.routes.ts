import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toUser } from '@qijian/db/queries/users.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import { HandoffAnswer, HandoffBody, HandoffExchange } from '@qijian/domain/contract/api/links.ts';
import { publicUrl } from '../../plugins/public-url.ts';
import { principalOf } from '../../plugins/session.ts';
import { acceptHandoff, offerHandoff } from './handoff.service.ts';

/** A workspace goes over to the same person's phone. */
export const handoffRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db, sessions } = app;

  app.post(
    '/api/customers/:id/handoff',
    {
      config: { access: 'documents.upload' },
      schema: { params: IdParams, response: { 201: HandoffAnswer } },
    },
    async (request, reply) => {
      // Not replayed for an Idempotency-Key: the secret must not be stored, and another code does no harm.
      const { secret, expiresAt } = await db.transaction((tx) =>
        offerHandoff(tx, principalOf(request), request.params.id),
      );
      const url = `${publicUrl(config, request)}/handoff#${secret}`;
      return reply.code(201).send({ url, expiresAt: expiresAt.toISOString() });
    },
  );

  app.post(
    '/api/auth/handoff',
    {
      config: { access: 'public' },
      schema: { body: HandoffBody, response: { 200: HandoffExchange } },
    },
    async (request, reply) => {
      const { user, customerId } = await db.transaction((tx) => acceptHandoff(tx, request.body.token));
      const cookie = await sessions.begin(user.id, {
        remember: false,
        userAgent: request.headers['user-agent'] ?? '',
      });
      reply.header('set-cookie', cookie);
      return { user: toUser(user), customerId };
    },
  );
};
