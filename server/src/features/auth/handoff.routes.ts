import { linkEndpoints } from '@qijian/domain/contract/api/links.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { acceptHandoff, offerHandoff } from './handoff.service.ts';
import { signIn } from './sign-in.ts';

/** A workspace goes over to the same person's phone. */
export const handoffRoutes: FastifyPluginAsync = async (app) => {
  const { config, db } = app;

  serve(app, linkEndpoints.offerHandoff, async (request) => {
    // Not replayed for an Idempotency-Key: the secret must not be stored, and another code does no harm.
    const { secret, expiresAt } = await db.transaction((tx) =>
      offerHandoff(tx, principalOf(request), request.params.id),
    );
    const url = `${config.PUBLIC_URL}/handoff#${secret}`;
    return { url, expiresAt: expiresAt.toISOString() };
  });

  serve(app, linkEndpoints.acceptHandoff, async (request, reply) => {
    const { user, customerId } = await db.transaction((tx) => acceptHandoff(tx, request.body.token));
    return { user: await signIn(request, reply, user, { credential: 'handoff' }), customerId };
  });
};
