import { deleteSession, deleteUserSessions, readUserSessions } from '@qijian/db/queries/sessions.ts';
import { readUser, toUser } from '@qijian/db/queries/users.ts';
import { authEndpoints } from '@qijian/domain/contract/api/users.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { Problem } from '../../http/problem.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { publicId } from '../../identity/sessions.ts';
import { changePassword, login, register, resetPassword, updateMe } from './auth.service.ts';
import { enter, originOf } from './sign-in.ts';

/** Signing in and out, and what people may do with their own account. */
export const authRoutes: FastifyPluginAsync = async (app) => {
  const { config, db, sessions } = app;

  serve(app, authEndpoints.login, async (request, reply) => {
    const user = await login(db, {
      ...request.body,
      ...originOf(request),
      maxFailures: config.LOGIN_MAX_FAILURES,
    });
    const { remember = false } = request.body;
    return enter(request, reply, user, { credential: 'password', remember });
  });

  serve(app, authEndpoints.logout, async (request, reply) => {
    reply.header('set-cookie', await sessions.signOut(request.headers.cookie));
  });

  serve(app, authEndpoints.readMe, async (request) => {
    const user = await readUser(db, principalOf(request).userId);
    if (!user) throw new Problem('not-signed-in');
    return { user: toUser(user), limits: { maxFileBytes: app.config.maxFileBytes } };
  });

  serve(app, authEndpoints.updateMe, async (request) => ({
    user: await app.command(request, async (tx) =>
      toUser(await updateMe(tx, principalOf(request), request.body)),
    ),
  }));

  serve(app, authEndpoints.changePassword, async (request) => {
    await changePassword(db, principalOf(request), {
      ...request.body,
      maxFailures: config.LOGIN_MAX_FAILURES,
    });
  });

  serve(app, authEndpoints.usePasswordReset, async (request, reply) => {
    const user = await resetPassword(db, {
      ...request.body,
      address: request.ip,
      maxFailures: config.LOGIN_MAX_FAILURES,
    });
    return enter(request, reply, user, { credential: 'reset' });
  });

  serve(app, authEndpoints.register, async (request, reply) => {
    const user = await db.transaction((tx) => register(tx, request.body));
    return enter(request, reply, user, { credential: 'invite' });
  });

  serve(app, authEndpoints.listSessions, async (request) => {
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
  });

  /** Ends one of one's own sessions, or with `others` all but this one. */
  serve(app, authEndpoints.endSession, async (request) => {
    const principal = principalOf(request);
    if (request.params.id === 'others') {
      await deleteUserSessions(db, principal.userId, principal.sessionHash ?? undefined);
    }
    const rows = await readUserSessions(db, principal.userId);
    const found = rows.find((row) => publicId(row.idHash) === request.params.id);
    if (!found) throw new Problem('not-found');
    await deleteSession(db, found.idHash);
  });
};
