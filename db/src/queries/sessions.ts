import { and, desc, eq, gt, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { builtOnce, type DbOrTx } from '../client.ts';
import { handoffs, linkReservations, portalSessions } from '../schema/links.ts';
import { apiTokens, sessions, users } from '../schema/users.ts';

export type SessionRow = typeof sessions.$inferSelect;

const person = {
  id: users.id,
  username: users.username,
  name: users.displayName,
  role: users.role,
  locale: users.locale,
};

const sessionByHash = builtOnce((db) =>
  db
    .select({ session: sessions, user: person })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.idHash, sql.placeholder('idHash')),
        gt(sessions.expiresAt, sql`now()`),
        gt(sessions.absoluteExpiresAt, sql`now()`),
        eq(users.active, true),
      ),
    )
    .prepare('session_by_hash'),
);

/** A session that has not reached its idle or absolute end, and its active user; null otherwise. */
export async function readSession(db: DbOrTx, idHash: string) {
  const [found] = await sessionByHash(db, { idHash });
  return found ?? null;
}

const holderByToken = builtOnce((db) => {
  const { id: userId, ...rest } = person;
  return db
    .select({ userId, ...rest })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(
      and(
        eq(apiTokens.tokenHash, sql.placeholder('tokenHash')),
        isNull(apiTokens.revokedAt),
        or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`)),
        eq(users.active, true),
      ),
    )
    .prepare('holder_by_token');
});

/** The active user behind an API token that is neither revoked nor expired. */
export async function readTokenHolder(db: DbOrTx, tokenHash: string) {
  const [holder] = await holderByToken(db, { tokenHash });
  return holder ?? null;
}

/** A user's open sessions, the latest used first. */
export function readUserSessions(db: DbOrTx, userId: string): Promise<SessionRow[]> {
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, sql`now()`)))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt), desc(sessions.idHash))
    .limit(100);
}

export async function insertSession(db: DbOrTx, session: typeof sessions.$inferInsert): Promise<void> {
  await db.insert(sessions).values(session);
}

/** Records use: moves the idle limit forward and notes when the user was last seen. */
export async function touchSession(
  db: DbOrTx,
  touch: { idHash: string; userId: string; expiresAt: Date },
): Promise<void> {
  await db
    .update(sessions)
    .set({ lastSeenAt: sql`now()`, expiresAt: touch.expiresAt })
    .where(eq(sessions.idHash, touch.idHash));
  await db.update(users).set({ lastSeenAt: sql`now()` }).where(eq(users.id, touch.userId));
}

export async function deleteSession(db: DbOrTx, idHash: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.idHash, idHash));
}

/** Ends all sessions of a user, or all but one. */
export async function deleteUserSessions(db: DbOrTx, userId: string, except?: string): Promise<void> {
  await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), except ? ne(sessions.idHash, except) : undefined));
}

/** Forgets what has run out: sessions of staff and of customers, codes for going on on a phone, places of uploads. */
export async function deleteExpired(db: DbOrTx): Promise<void> {
  await db
    .delete(sessions)
    .where(or(lt(sessions.expiresAt, sql`now()`), lt(sessions.absoluteExpiresAt, sql`now()`)));
  await db.delete(portalSessions).where(lt(portalSessions.expiresAt, sql`now()`));
  await db.delete(handoffs).where(lt(handoffs.expiresAt, sql`now()`));
  await db.delete(linkReservations).where(lt(linkReservations.expiresAt, sql`now()`));
}

/** Stores a program's token by its hash. */
export async function insertApiToken(db: DbOrTx, token: typeof apiTokens.$inferInsert): Promise<void> {
  await db.insert(apiTokens).values(token);
}

/** A user's tokens that are not revoked, newest first; at most 100. */
export function readApiTokens(db: DbOrTx, userId: string) {
  return db
    .select({
      id: apiTokens.id,
      name: apiTokens.name,
      createdAt: apiTokens.createdAt,
      expiresAt: apiTokens.expiresAt,
    })
    .from(apiTokens)
    .where(and(eq(apiTokens.userId, userId), isNull(apiTokens.revokedAt)))
    .orderBy(desc(apiTokens.createdAt), desc(apiTokens.id))
    .limit(100);
}

/** Whether this user had such a token that was open, and it is revoked now. */
export async function revokeApiToken(db: DbOrTx, userId: string, id: string): Promise<boolean> {
  const rows = await db
    .update(apiTokens)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiTokens.id, id), eq(apiTokens.userId, userId), isNull(apiTokens.revokedAt)))
    .returning({ id: apiTokens.id });
  return rows.length > 0;
}
