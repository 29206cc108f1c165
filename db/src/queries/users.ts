import type { Invite, Person, User } from '@qijian/domain/contract/api/users.ts';
import { and, desc, eq, gt, ilike, inArray, lt, or, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { invites, knownDevices, loginAttempts, passwordResets, users } from '../schema/users.ts';

export type UserRow = typeof users.$inferSelect;

/** A stored user as the outside sees it. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    displayName: row.displayName,
    role: row.role,
    locale: row.locale,
    active: row.active,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
  };
}

export async function readUser(db: DbOrTx, id: string): Promise<UserRow | null> {
  const rows = await db.select().from(users).where(eq(users.id, id));
  return rows[0] ?? null;
}

/** By user name, whatever its case. */
export async function readUserByName(db: DbOrTx, username: string): Promise<UserRow | null> {
  const rows = await db.select().from(users).where(eq(users.username, username.toLowerCase()));
  return rows[0] ?? null;
}

/** Locks a user until the transaction ends. */
export async function lockUser(tx: Tx, id: string): Promise<UserRow | null> {
  const rows = await tx.select().from(users).where(eq(users.id, id)).for('update');
  return rows[0] ?? null;
}

/** Adds a user; null when the name is taken. */
export async function insertUser(db: DbOrTx, user: typeof users.$inferInsert): Promise<UserRow | null> {
  const rows = await db
    .insert(users)
    .values({ ...user, username: user.username.toLowerCase() })
    .onConflictDoNothing({ target: users.username })
    .returning();
  return rows[0] ?? null;
}

/** Changes a user and raises the version. */
export async function updateUser(
  tx: DbOrTx,
  id: string,
  set: Partial<typeof users.$inferInsert>,
): Promise<UserRow> {
  const rows = await tx
    .update(users)
    .set({ ...set, version: sql`${users.version} + 1` })
    .where(eq(users.id, id))
    .returning();
  return rows[0] as UserRow;
}

/** Locks all active administrators, so that two removals cannot both leave the other as the last; answers their ids. */
export async function lockActiveAdmins(tx: Tx): Promise<string[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'admin'), eq(users.active, true)))
    .orderBy(users.id)
    .for('update');
  return rows.map((row) => row.id);
}

const PAGE = 50;

/** Users, newest first, by name; `before` is the id of the last one of the page before. */
export async function listUsers(
  db: DbOrTx,
  options: { search?: string | undefined; before?: string | undefined },
): Promise<{ rows: UserRow[]; more: boolean }> {
  const text = options.search?.trim().replace(/[\\%_]/g, '\\$&');
  const rows = await db
    .select()
    .from(users)
    .where(
      and(
        text ? or(ilike(users.displayName, `%${text}%`), ilike(users.username, `%${text}%`)) : undefined,
        // Compare the stored time: a Date is coarser, and a cursor made of one would skip rows.
        options.before
          ? sql`(${users.createdAt}, ${users.id}) < (select created_at, id from users where id = ${options.before})`
          : undefined,
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(PAGE + 1);
  return { rows: rows.slice(0, PAGE), more: rows.length > PAGE };
}

/** Everybody who can be given a customer or be mentioned; at most 500. */
export function listPeople(db: DbOrTx): Promise<Person[]> {
  return db
    .select({ id: users.id, displayName: users.displayName, role: users.role })
    .from(users)
    .where(eq(users.active, true))
    .orderBy(users.createdAt, users.id)
    .limit(500);
}

/** Which of these people have an active account. */
export async function readActive(db: DbOrTx, ids: string[]): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.id, ids), eq(users.active, true)));
  return rows.map((row) => row.id);
}

export async function insertInvite(db: DbOrTx, invite: typeof invites.$inferInsert): Promise<void> {
  await db.insert(invites).values(invite);
}

/** An invitation that may still be used, locked until the transaction ends. */
export async function lockOpenInvite(tx: Tx, tokenHash: string) {
  const rows = await tx
    .select()
    .from(invites)
    .where(
      and(
        eq(invites.tokenHash, tokenHash),
        sql`${invites.usedAt} is null and ${invites.revokedAt} is null and ${invites.expiresAt} > now()`,
      ),
    )
    .for('update');
  return rows[0] ?? null;
}

export async function useInvite(tx: Tx, id: string, userId: string): Promise<void> {
  await tx.update(invites).set({ usedBy: userId, usedAt: sql`now()` }).where(eq(invites.id, id));
}

/** Whether an open invitation was found and revoked. */
export async function revokeInvite(db: DbOrTx, id: string): Promise<boolean> {
  const rows = await db
    .update(invites)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(invites.id, id), sql`${invites.usedAt} is null and ${invites.revokedAt} is null`))
    .returning({ id: invites.id });
  return rows.length > 0;
}

/** Invitations, newest first; `before` as for users. */
export async function listInvites(
  db: DbOrTx,
  options: { before?: string | undefined; id?: string },
): Promise<{ items: Invite[]; more: boolean }> {
  const rows = await db
    .select({
      invite: invites,
      creator: sql<string>`(select display_name from users where id = ${invites.createdBy})`,
      user: sql<string | null>`(select display_name from users where id = ${invites.usedBy})`,
      expired: sql<boolean>`${invites.expiresAt} <= now()`,
    })
    .from(invites)
    .where(
      and(
        options.id ? eq(invites.id, options.id) : undefined,
        options.before
          ? sql`(${invites.createdAt}, ${invites.id}) < (select created_at, id from invites where id = ${options.before})`
          : undefined,
      ),
    )
    .orderBy(desc(invites.createdAt), desc(invites.id))
    .limit(PAGE + 1);
  const page = rows.slice(0, PAGE);
  return {
    items: page.map(({ invite, creator, user, expired }) => ({
      id: invite.id,
      role: invite.role,
      createdBy: creator,
      createdAt: invite.createdAt.toISOString(),
      expiresAt: invite.expiresAt.toISOString(),
      state: invite.usedAt ? 'used' : invite.revokedAt ? 'revoked' : expired ? 'expired' : 'open',
      usedBy: user,
    })),
    more: rows.length > PAGE,
  };
}

/** Opens a link for a new password; an earlier one of the same user opens nothing any more. */
export async function putPasswordReset(
  tx: Tx,
  reset: { userId: string; tokenHash: string; expiresAt: Date },
): Promise<void> {
  const { tokenHash, expiresAt } = reset;
  await tx
    .insert(passwordResets)
    .values(reset)
    .onConflictDoUpdate({ target: passwordResets.userId, set: { tokenHash, expiresAt } });
}

/** Uses up a link for a new password; whose it was, or null when it is unknown or has expired. */
export async function takePasswordReset(tx: Tx, tokenHash: string): Promise<string | null> {
  const rows = await tx
    .delete(passwordResets)
    .where(and(eq(passwordResets.tokenHash, tokenHash), gt(passwordResets.expiresAt, sql`now()`)))
    .returning({ userId: passwordResets.userId });
  return rows[0]?.userId ?? null;
}

/**
 * Counts one attempt at guessing in its window of 15 minutes, before the guess is looked at: of many at once no more
 * than the limit see a number within it. Answers the attempts so far and the seconds until the window ends.
 */
export async function countAttempt(
  db: DbOrTx,
  key: string,
): Promise<{ attempts: number; secondsLeft: number }> {
  const over = sql`${loginAttempts.windowStartedAt} < now() - interval '15 minutes'`;
  const rows = await db
    .insert(loginAttempts)
    .values({ key, failures: 1 })
    .onConflictDoUpdate({
      target: loginAttempts.key,
      set: {
        failures: sql`case when ${over} then 1 else ${loginAttempts.failures} + 1 end`,
        windowStartedAt: sql`case when ${over} then now() else ${loginAttempts.windowStartedAt} end`,
      },
    })
    .returning({
      attempts: loginAttempts.failures,
      secondsLeft: sql<number>`ceil(extract(epoch from ${loginAttempts.windowStartedAt} + interval '15 minutes' - now()))::int`,
    });
  return rows[0] as { attempts: number; secondsLeft: number };
}

/** How many attempts are free, the seconds that each further one waits longer, the longest wait, and until they are forgotten. */
export interface SlowDown {
  free: number;
  seconds: number;
  most: number;
  forgottenAfter: number;
}

/**
 * Lets one attempt through and counts it, in one statement: beyond the free ones each waits longer after the one
 * before, and none for ever. Answers which attempt it was, or null and the seconds to wait where it is too early.
 */
export async function countSlowed(
  db: DbOrTx,
  key: string,
  { free, seconds, most, forgottenAfter }: SlowDown,
): Promise<{ attempt: number | null; secondsLeft: number }> {
  // The time of the clock, not of the statement: one that waited for another must not find itself too early.
  const at = loginAttempts.windowStartedAt;
  const wait = sql`make_interval(secs => least(${most}::int, ${seconds}::int * greatest(0, ${loginAttempts.failures} - ${free - 1})))`;
  const until = sql<number>`greatest(0, ceil(extract(epoch from ${at} + ${wait} - clock_timestamp())))::int`;
  const isForgotten = sql`${at} < clock_timestamp() - make_interval(secs => ${forgottenAfter}::int)`;
  const [counted] = await db
    .insert(loginAttempts)
    .values({ key, failures: 1 })
    .onConflictDoUpdate({
      target: loginAttempts.key,
      set: {
        failures: sql`case when ${isForgotten} then 1 else ${loginAttempts.failures} + 1 end`,
        windowStartedAt: sql`clock_timestamp()`,
      },
      setWhere: sql`${at} + ${wait} <= clock_timestamp()`,
    })
    .returning({ attempt: loginAttempts.failures, secondsLeft: until });
  if (counted) return counted;
  const [early] = await db
    .select({ secondsLeft: until })
    .from(loginAttempts)
    .where(eq(loginAttempts.key, key));
  return { attempt: null, secondsLeft: Math.max(1, early?.secondsLeft ?? 1) };
}

/** Whether this user has signed in on this device within the time that one is known. */
export async function isKnownDevice(db: DbOrTx, username: string, tokenHash: string): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(knownDevices)
    .innerJoin(users, eq(users.id, knownDevices.userId))
    .where(
      and(
        eq(knownDevices.tokenHash, tokenHash),
        eq(users.username, username.toLowerCase()),
        gt(knownDevices.lastUsedAt, sql`now() - interval '180 days'`),
      ),
    );
  return rows.length > 0;
}

/** Notes a device from which somebody signed in. */
export async function rememberDevice(db: DbOrTx, userId: string, tokenHash: string): Promise<void> {
  await db
    .insert(knownDevices)
    .values({ tokenHash, userId })
    .onConflictDoUpdate({ target: knownDevices.tokenHash, set: { lastUsedAt: sql`now()` } });
}

/** Forgets on which devices somebody signed in. */
export async function forgetDevices(db: DbOrTx, userId: string): Promise<void> {
  await db.delete(knownDevices).where(eq(knownDevices.userId, userId));
}

/** Takes one attempt back that turned out to be no guess. */
export async function forgiveAttempt(db: DbOrTx, key: string): Promise<void> {
  await db
    .update(loginAttempts)
    .set({ failures: sql`greatest(${loginAttempts.failures} - 1, 0)` })
    .where(eq(loginAttempts.key, key));
}

/** Forgets all attempts under a key. */
export async function clearAttempts(db: DbOrTx, key: string): Promise<void> {
  await db.delete(loginAttempts).where(eq(loginAttempts.key, key));
}

/** Forgets windows that have ended, and devices that nobody signs in on any more. */
export async function deleteOldLoginAttempts(db: DbOrTx): Promise<void> {
  await db.delete(knownDevices).where(lt(knownDevices.lastUsedAt, sql`now() - interval '180 days'`));
  await db.delete(loginAttempts).where(lt(loginAttempts.windowStartedAt, sql`now() - interval '1 day'`));
}

/** Display name of an active or former user, for an actor. */
export async function readUserName(db: DbOrTx, userId: string): Promise<string | null> {
  const rows = await db.select({ name: users.displayName }).from(users).where(eq(users.id, userId));
  return rows[0]?.name ?? null;
}

/** Ids of the people who run the installation. */
export async function readAdministrators(db: DbOrTx): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'admin'), eq(users.active, true)));
  return rows.map(({ id }) => id);
}
