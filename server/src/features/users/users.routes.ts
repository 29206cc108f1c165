import { listInvites, listPeople, listUsers, toUser } from '@qijian/db/queries/users.ts';
import { userEndpoints } from '@qijian/domain/contract/api/users.ts';
import type { FastifyPluginAsync } from 'fastify';
import { foreignCursor, isId } from '../../http/cursors.ts';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import {
  createInvite,
  createUser,
  offerPasswordReset,
  revokeOpenInvite,
  updateAnyUser,
} from './users.service.ts';

/** Users and invitations, for administrators; and the list of people, for everybody. */
export const userRoutes: FastifyPluginAsync = async (app) => {
  const { db } = app;

  serve(app, userEndpoints.listUsers, async (request) => {
    const { rows, more } = await listUsers(db, {
      search: request.query.search,
      before: parseCursor(request.query.cursor),
    });
    return { items: rows.map(toUser), nextCursor: (more && rows.at(-1)?.id) || null };
  });

  serve(app, userEndpoints.createUser, async (request) => {
    const user = await app.command(request, async (tx) =>
      toUser(await createUser(tx, principalOf(request), request.body)),
    );
    return { user };
  });

  serve(app, userEndpoints.updateUser, async (request) => ({
    user: await app.command(request, async (tx) =>
      toUser(await updateAnyUser(tx, principalOf(request), request.params.id, request.body)),
    ),
  }));

  serve(app, userEndpoints.offerPasswordReset, async (request) => {
    // As with invitations: what is kept for an Idempotency-Key has no secret.
    let secret: string | null = null;
    const { expiresAt } = await app.command(request, async (tx) => {
      const made = await offerPasswordReset(tx, principalOf(request), request.params.id);
      secret = made.secret;
      return { expiresAt: made.expiresAt };
    });
    const url = secret && `${app.config.PUBLIC_URL}/reset#${secret}`;
    return { expiresAt, ...(url ? { url } : {}) };
  });

  serve(app, userEndpoints.listPeople, async () => ({ items: await listPeople(db) }));

  serve(app, userEndpoints.listInvites, async (request) => {
    const { items, more } = await listInvites(db, { before: parseCursor(request.query.cursor) });
    return { items, nextCursor: (more && items.at(-1)?.id) || null };
  });

  serve(app, userEndpoints.createInvite, async (request) => {
    // What is kept for an Idempotency-Key is the invitation without its secret: a replay has no address to give.
    let secret: string | null = null;
    const invite = await app.command(request, async (tx) => {
      const made = await createInvite(tx, principalOf(request), request.body);
      secret = made.secret;
      return made.invite;
    });
    const url = secret && `${app.config.PUBLIC_URL}/register#${secret}`;
    return { ...invite, ...(url ? { url } : {}) };
  });

  serve(app, userEndpoints.revokeInvite, async (request) => {
    await app.command(request, (tx) => revokeOpenInvite(tx, principalOf(request), request.params.id));
  });
};

function parseCursor(cursor: string | undefined): string | undefined {
  if (cursor !== undefined && !isId(cursor)) throw foreignCursor();
  return cursor;
}
