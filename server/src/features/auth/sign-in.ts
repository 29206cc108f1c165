import { appendAudit } from '@qijian/db/queries/events.ts';
import { setConfirmed } from '@qijian/db/queries/second-factors.ts';
import { isKnownDevice, rememberDevice, toUser, type UserRow } from '@qijian/db/queries/users.ts';
import type { SignInAnswer, User } from '@qijian/domain/contract/api/users.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { cookieValue } from '../../http/cookies.ts';
import { cookieName, hashSecret, isHttps, newSecret, publicId } from '../../identity/sessions.ts';
import { type Origin, userActor } from './auth.service.ts';
import { challenge } from './second-factor.service.ts';

const DEVICE_SECONDS = 180 * 86_400;
const deviceCookieName = (config: Config) => (isHttps(config) ? '__Host-qijian_device' : 'qijian_device');

type FirstStep = 'password' | 'invite' | 'reset';
/** How somebody showed who they are. */
export type Credential = FirstStep | `${FirstStep}+${'totp' | 'recovery-code'}` | 'handoff';

/** From where a request comes, for counting attempts. */
export function originOf(request: FastifyRequest): Origin {
  const secret = cookieValue(request.headers.cookie, deviceCookieName(request.server.config));
  return { address: request.ip, deviceHash: secret && hashSecret(secret) };
}

/** After the first step: signs a user in, or answers the challenge for the second. */
export async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  user: UserRow,
  options: { credential: Credential; remember?: boolean },
): Promise<SignInAnswer> {
  const next = await challenge(request.server.db, user, options.credential, options.remember ?? false);
  return next ? { challenge: next } : { user: await signIn(request, reply, user, options) };
}

/** Signs a user in on the browser that asks, which is known to the account from then on; answers who that is. */
export async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  user: UserRow,
  { credential, remember = false }: { credential: Credential; remember?: boolean },
): Promise<User> {
  const { config, db, sessions } = request.server;
  // Nobody could end the session that this browser forgets by it.
  await request.server.sessions.signOut(request.headers.cookie);
  const userAgent = request.headers['user-agent'] ?? '';
  const cookie = await sessions.signIn(user.id, { remember, userAgent });
  const sessionHash = hashSecret(cookieValue(cookie, cookieName(config)) ?? '');
  // Whoever goes on on a phone has shown nothing there.
  if (credential === 'handoff') await setConfirmed(db, sessionHash, false);
  reply.header('set-cookie', [cookie, await deviceCookie(request, user)]);
  await appendAudit(db, [
    {
      actor: userActor(user),
      action: 'auth.login',
      entityType: 'user',
      entityId: user.id,
      detail: {
        credential,
        session: publicId(sessionHash),
        address: request.ip,
      },
    },
  ]);
  return toUser(user);
}

/** A secret that another account brought to this browser is not taken over: what somebody planted must mean nothing. */
async function deviceCookie(request: FastifyRequest, user: UserRow): Promise<string> {
  const { config, db } = request.server;
  const name = deviceCookieName(config);
  const brought = cookieValue(request.headers.cookie, name);
  const isKnown = brought !== null && (await isKnownDevice(db, user.username, hashSecret(brought)));
  const secret = isKnown ? brought : newSecret();
  await rememberDevice(db, user.id, hashSecret(secret));
  const secure = isHttps(config) ? '; Secure' : '';
  return `${name}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${DEVICE_SECONDS}${secure}`;
}
