import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deleteSession, deleteUserSessions, readUserSessions } from '@qijian/db/queries/sessions.ts';
import { readUser, toUser } from '@qijian/db/queries/users.ts';
import {
  ChangePasswordBody,
  LoginBody,
  RegisterBody,
  SessionList,
  UpdateMeBody,
  UsePasswordResetBody,
  UserAnswer,
} from '@qijian/domain/contract/api/users.ts';
import { Type } from 'typebox';
import { Problem } from '../../plugins/problem.ts';
import { principalOf } from '../../plugins/session.ts';
import { changePassword, login, register, resetPassword, updateMe } from './auth.service.ts';

/** Names a session to its owner; too short a part of the hash to be worth anything else. */
const publicId = (idHash: string) => idHash.slice(0, 16);

/** Signing in and out, and what people may do with their own account. */
export const authRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db, sessions } = app;

  app.post(
    '/api/auth/login',
    { config: { access: 'public' }, schema: { body: LoginBody, response: { 200: UserAnswer } } },
    async (request, reply) => {
      const user = await login(db, {
        ...request.body,
        address: request.ip,
        maxFailures: config.LOGIN_MAX_FAILURES,
      });
      const cookie = await sessions.begin(user.id, {
        remember: request.body.remember ?? false,
        userAgent: request.headers['user-agent'] ?? '',
      });
      reply.header('set-cookie', cookie);
      return { user: toUser(user) };
    },
  );

  app.post('/api/auth/logout', { config: { access: 'public' } }, async (request, reply) => {
    reply.header('set-cookie', await sessions.end(request.headers.cookie));
    return reply.code(204).send();
  });

  app.get(
    '/api/auth/me',
    { config: { access: 'signed-in' }, schema: { response: { 200: UserAnswer } } },
    async (request) => {
      const user = await readUser(db, principalOf(request).userId);
      if (!user) throw new Problem('not-signed-in');
      return { user: toUser(user) };
    },
  );

  app.patch(
    '/api/auth/me',
    { config: { access: 'signed-in' }, schema: { body: UpdateMeBody, response: { 200: UserAnswer } } },
    async (request) => ({
      user: await app.command(request, async (tx) =>
        toUser(await updateMe(tx, principalOf(request), request.body)),
      ),
    }),
  );

  app.post(
    '/api/auth/password',
    { config: { access: 'signed-in' }, schema: { body: ChangePasswordBody } },
    async (request, reply) => {
      await changePassword(db, principalOf(request), {
        ...request.body,
        maxFailures: config.LOGIN_MAX_FAILURES,
      });
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/auth/password-reset',
    { config: { access: 'public' }, schema: { body: UsePasswordResetBody, response: { 200: UserAnswer } } },
    async (request, reply) => {
      const user = await resetPassword(db, {
        ...request.body,
        address: request.ip,
        maxFailures: config.LOGIN_MAX_FAILURES,
      });
      reply.header(
        'set-cookie',
        await sessions.begin(user.id, {
          remember: false,
          userAgent: request.headers['user-agent'] ?? '',
        }),
      );
      return { user: toUser(user) };
    },
  );

  app.post(
    '/api/auth/register',
    { config: { access: 'public' }, schema: { body: RegisterBody, response: { 201: UserAnswer } } },
    async (request, reply) => {
      const user = await db.transaction((tx) => register(tx, request.body));
      reply.header(
        'set-cookie',
        await sessions.begin(user.id, {
          remember: false,
          userAgent: request.headers['user-agent'] ?? '',
        }),
      );
      return reply.code(201).send({ user: toUser(user) });
    },
  );

  app.get(
    '/api/auth/sessions',
    { config: { access: 'signed-in' }, schema: { response: { 200: SessionList } } },
    async (request) => {
      const principal = principalOf(request);
      const rows = await readUserSessions(db, principal.userId);
      return {
        items: rows.map((row) => ({
          id: publicId(row.idHash),
          current: row.idHash === principal.sessionHash,
          createdAt: row.createdAt.toISOString(),
          lastSeenAt: row.lastSeenAt.toISOString(),
          userAgent: row.userAgent,
        })),
      };
    },
  );

  /** Ends one of one's own sessions, or with `others` all but this one. */
  app.delete(
    '/api/auth/sessions/:id',
    {
      config: { access: 'signed-in' },
      schema: {
        params: Type.Object({ id: Type.String({ maxLength: 40 }) }, { additionalProperties: false }),
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      if (request.params.id === 'others') {
        await deleteUserSessions(db, principal.userId, principal.sessionHash ?? undefined);
        return reply.code(204).send();
      }
      const rows = await readUserSessions(db, principal.userId);
      const found = rows.find((row) => publicId(row.idHash) === request.params.id);
      if (!found) throw new Problem('not-found');
      await deleteSession(db, found.idHash);
      return reply.code(204).send();
    },
  );
};
