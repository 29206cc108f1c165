import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listInvites, listPeople, listUsers, toUser } from '@qijian/db/queries/users.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import {
  CreateInviteBody,
  CreateUserBody,
  InviteList,
  InviteSchema,
  PasswordResetAnswer,
  PersonList,
  UpdateUserBody,
  UserAnswer,
  UserList,
  UserListQuery,
} from '@qijian/domain/contract/api/users.ts';
import { foreignCursor, isId } from '../../plugins/cursors.ts';
import { publicUrl } from '../../plugins/public-url.ts';
import { principalOf } from '../../plugins/session.ts';
import {
  createInvite,
  createUser,
  offerPasswordReset,
  revokeOpenInvite,
  updateAnyUser,
} from './users.service.ts';

/** Users and invitations, for administrators; and the list of people, for everybody. */
export const userRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app;

  app.get(
    '/api/users',
    {
      config: { access: 'users.manage' },
      schema: { querystring: UserListQuery, response: { 200: UserList } },
    },
    async (request) => {
      const { rows, more } = await listUsers(db, {
        search: request.query.search,
        before: parseCursor(request.query.cursor),
      });
      return { items: rows.map(toUser), nextCursor: (more && rows.at(-1)?.id) || null };
    },
  );

  app.post(
    '/api/users',
    {
      config: { access: 'users.manage' },
      schema: { body: CreateUserBody, response: { 201: UserAnswer } },
    },
    async (request, reply) => {
      const user = await app.command(request, async (tx) =>
        toUser(await createUser(tx, principalOf(request), request.body)),
      );
      return reply.code(201).send({ user });
    },
  );

  app.patch(
    '/api/users/:id',
    {
      config: { access: 'users.manage' },
      schema: { params: IdParams, body: UpdateUserBody, response: { 200: UserAnswer } },
    },
    async (request) => ({
      user: await app.command(request, async (tx) =>
        toUser(await updateAnyUser(tx, principalOf(request), request.params.id, request.body)),
      ),
    }),
  );

  app.post(
    '/api/users/:id/password-reset',
    {
      config: { access: 'users.manage' },
      schema: { params: IdParams, response: { 201: PasswordResetAnswer } },
    },
    async (request, reply) => {
      // As with invitations: what is kept for an Idempotency-Key has no secret.
      let secret: string | null = null;
      const { expiresAt } = await app.command(request, async (tx) => {
        const made = await offerPasswordReset(tx, principalOf(request), request.params.id);
        secret = made.secret;
        return { expiresAt: made.expiresAt };
      });
      const url = secret && `${publicUrl(app.config, request)}/reset#${secret}`;
      return reply.code(201).send({ expiresAt, ...(url ? { url } : {}) });
    },
  );

  app.get(
    '/api/people',
    { config: { access: 'signed-in' }, schema: { response: { 200: PersonList } } },
    async () => ({ items: await listPeople(db) }),
  );

  app.get(
    '/api/invites',
    {
      config: { access: 'users.manage' },
      schema: { querystring: UserListQuery, response: { 200: InviteList } },
    },
    async (request) => {
      const { items, more } = await listInvites(db, { before: parseCursor(request.query.cursor) });
      return { items, nextCursor: (more && items.at(-1)?.id) || null };
    },
  );

  app.post(
    '/api/invites',
    {
      config: { access: 'users.manage' },
      schema: { body: CreateInviteBody, response: { 201: InviteSchema } },
    },
    async (request, reply) => {
      // What is kept for an Idempotency-Key is the invitation without its secret: a replay has no address to give.
      let secret: string | null = null;
      const invite = await app.command(request, async (tx) => {
        const made = await createInvite(tx, principalOf(request), request.body);
        secret = made.secret;
        return made.invite;
      });
      const url = secret && `${publicUrl(app.config, request)}/register#${secret}`;
      return reply.code(201).send({ ...invite, ...(url ? { url } : {}) });
    },
  );

  app.delete(
    '/api/invites/:id',
    { config: { access: 'users.manage' }, schema: { params: IdParams } },
    async (request, reply) => {
      await app.command(request, (tx) => revokeOpenInvite(tx, principalOf(request), request.params.id));
      return reply.code(204).send();
    },
  );
};

function parseCursor(cursor: string | undefined): string | undefined {
  if (cursor !== undefined && !isId(cursor)) throw foreignCursor();
  return cursor;
}
