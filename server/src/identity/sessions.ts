import { hash, randomBytes } from 'node:crypto';
import type { Db } from '@qijian/db/client.ts';
import {
  deleteExpired,
  deleteSession,
  deleteUserSessions,
  insertSession,
  readSession,
  readUserSessions,
  touchSession,
} from '@qijian/db/queries/sessions.ts';
import { type Adapter, Lucia, TimeSpan } from 'lucia';
import type { Config } from '../config.ts';
import type { Principal } from './principal.ts';

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<SessionAttributes, Omit<Principal, 'userId' | 'sessionHash'>>;
    DatabaseSessionAttributes: SessionAttributes;
    DatabaseUserAttributes: Omit<Principal, 'userId' | 'sessionHash'>;
  }
}
interface SessionAttributes {
  remember: boolean;
  userAgent: string;
  absoluteExpiresAt: Date;
  lastSeenAt: Date;
}

const REMEMBER_DAYS = 7;
const TOUCH_EVERY_MS = 60_000;

/** The stored form of any secret that we hand out: SHA-256, so that a stolen database opens nothing. */
export const hashSecret = (secret: string) => hash('sha256', secret);
/** Names a session to people; too short a part of the hash to be worth anything else. */
export const publicId = (idHash: string) => idHash.slice(0, 16);
export const newSecret = () => randomBytes(32).toString('base64url');

export const isHttps = (config: Config) => config.PUBLIC_URL.startsWith('https:');
export const cookieName = (config: Config) => (isHttps(config) ? '__Host-qijian' : 'qijian');

export interface Sessions {
  /** The signed-in person behind a Cookie header, or null; moves the idle limit forward at most once a minute. */
  authenticate(cookieHeader: string | undefined): Promise<Principal | null>;
  /** Starts a session; answers the Set-Cookie value. */
  signIn(userId: string, options: { remember: boolean; userAgent: string }): Promise<string>;
  /** Ends the session behind a Cookie header; answers the Set-Cookie value that clears it. */
  signOut(cookieHeader: string | undefined): Promise<string>;
}

/** Sessions by Lucia over an adapter that stores only hashes. */
export function createSessions(db: Db, config: Config): Sessions {
  const idleMs = (remember: boolean) =>
    remember ? REMEMBER_DAYS * 86_400_000 : config.SESSION_IDLE_HOURS * 3_600_000;
  const lucia = new Lucia(hashingAdapter(db), {
    sessionExpiresIn: new TimeSpan(config.SESSION_IDLE_HOURS, 'h'),
    sessionCookie: {
      name: cookieName(config),
      attributes: { sameSite: 'lax', secure: isHttps(config), path: '/' },
    },
    getSessionAttributes: (attributes) => attributes,
    getUserAttributes: (attributes) => attributes,
  });
  return {
    async authenticate(cookieHeader) {
      const id = lucia.readSessionCookie(cookieHeader ?? '');
      if (!id || id.length > 200) return null;
      const { session, user } = await lucia.validateSession(id);
      if (!session || session.absoluteExpiresAt.getTime() <= Date.now()) return null;
      const idHash = hashSecret(id);
      if (Date.now() - session.lastSeenAt.getTime() > TOUCH_EVERY_MS) {
        const expiresAt = new Date(
          Math.min(Date.now() + idleMs(session.remember), session.absoluteExpiresAt.getTime()),
        );
        // Do not hold up the request; the next one makes up for a lost touch.
        touchSession(db, { idHash, userId: user.id, expiresAt }).catch(() => {});
      }
      return {
        userId: user.id,
        username: user.username,
        name: user.name,
        role: user.role,
        locale: user.locale,
        sessionHash: idHash,
      };
    },
    async signIn(userId, { remember, userAgent }) {
      const now = Date.now();
      const id = newSecret();
      await lucia.createSession(
        userId,
        {
          remember,
          userAgent: userAgent.slice(0, 300),
          lastSeenAt: new Date(now),
          absoluteExpiresAt: new Date(now + config.SESSION_ABSOLUTE_DAYS * 86_400_000),
        },
        { sessionId: id },
      );
      await touchSession(db, { idHash: hashSecret(id), userId, expiresAt: new Date(now + idleMs(remember)) });
      const cookie = lucia.createSessionCookie(id);
      // Without `remember` the cookie ends with the browser; with it the idle limit, which use moves, is the server's.
      if (remember) cookie.attributes.maxAge = config.SESSION_ABSOLUTE_DAYS * 86_400;
      else delete cookie.attributes.maxAge;
      delete cookie.attributes.expires;
      return cookie.serialize();
    },
    async signOut(cookieHeader) {
      const id = lucia.readSessionCookie(cookieHeader ?? '');
      if (id) await lucia.invalidateSession(id);
      return lucia.createBlankSessionCookie().serialize();
    },
  };
}

/** Lucia never sees what is stored, and the database never sees what Lucia hands out. */
function hashingAdapter(db: Db): Adapter {
  return {
    async getSessionAndUser(sessionId) {
      const found = await readSession(db, hashSecret(sessionId));
      if (!found) return [null, null];
      const { session, user } = found;
      return [
        { id: sessionId, userId: user.id, expiresAt: session.expiresAt, attributes: session },
        { id: user.id, attributes: user },
      ];
    },
    async getUserSessions(userId) {
      const sessions = await readUserSessions(db, userId);
      return sessions.map((session) => ({
        id: session.idHash,
        userId,
        expiresAt: session.expiresAt,
        attributes: session,
      }));
    },
    setSession: (session) =>
      insertSession(db, {
        idHash: hashSecret(session.id),
        userId: session.userId,
        expiresAt: session.expiresAt,
        absoluteExpiresAt: session.attributes.absoluteExpiresAt,
        remember: session.attributes.remember,
        userAgent: session.attributes.userAgent,
      }),
    updateSessionExpiration: async () => {
      // Lucia would move the expiry by its one period; ours has two periods and an absolute end (`touchSession`).
    },
    deleteSession: (sessionId) => deleteSession(db, hashSecret(sessionId)),
    deleteUserSessions: (userId) => deleteUserSessions(db, userId),
    deleteExpiredSessions: () => deleteExpired(db),
  };
}
