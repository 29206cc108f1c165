import { toUser, type UserRow } from '@qijian/db/queries/users.ts';
import type { User } from '@qijian/domain/contract/api/users.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Signs a user in on the browser that asks; answers who that is. */
export async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  user: UserRow,
  remember = false,
): Promise<User> {
  const userAgent = request.headers['user-agent'] ?? '';
  reply.header('set-cookie', await request.server.sessions.signIn(user.id, { remember, userAgent }));
  return toUser(user);
}
