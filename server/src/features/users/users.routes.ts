import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listInvites, listPeople, listUsers, toUser } from '@qijian/db/queries/users.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import {
  CreateInviteBody,
  InviteList,
  InviteSchema,
  PersonList,
  UpdateUserBody,
  UserAnswer,
  UserList,
  UserListQuery,
} from '@qijian/domain/contract/api/users.ts';
import { fieldProblem } from '../../plugins/problem.ts';
import { principalOf } from '../../plugins/session.ts';
import { createInvite, revokeOpenInvite, updateAnyUser } from './users.service.ts';

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
      return { items: rows.map(toUser), nextCursor: more ? cursorOf(rows.at(-1)) : null };
    },
  );

  app.patch(
    '/api/users/:id',
    {
      config: { access: 'users.manage' },
      schema: { params: IdParams, body: UpdateUserBody, response: { 200: UserAnswer } },
    },
    async (request) => ({
      user: toUser(
        await app.command(request, (tx) =>
          updateAnyUser(tx, principalOf(request), request.params.id, request.body),
        ),
      ),
    }),
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
      const { items, last, more } = await listInvites(db, { before: parseCursor(request.query.cursor) });
      return { items, nextCursor: more ? cursorOf(last) : null };
    },
  );

  app.post(
    '/api/invites',
    {
      config: { access: 'users.manage' },
      schema: { body: CreateInviteBody, response: { 201: InviteSchema } },
    },
    async (request, reply) => {
      const origin = app.config.PUBLIC_URL ?? `${request.protocol}://${request.host}`;
      // Not replayed for an Idempotency-Key: the secret must not be stored.
      const invite = await db.transaction((tx) =>
        createInvite(tx, principalOf(request), { ...request.body, origin }),
      );
      return reply.code(201).send(invite);
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

function cursorOf(last: { createdAt: Date; id: string } | null | undefined): string | null {
  return last ? Buffer.from(`${last.createdAt.toISOString()} ${last.id}`).toString('base64url') : null;
}

function parseCursor(cursor: string | undefined): { createdAt: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const createdAt = new Date(at ?? '');
  if (Number.isNaN(createdAt.getTime()) || !/^[0-9a-f-]{36}$/.test(id ?? '')) {
    throw fieldProblem('cursor', 'is not a cursor of this list');
  }
  return { createdAt, id: id as string };
}
