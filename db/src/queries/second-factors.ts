import { ROLES, type Role } from '@qijian/domain/rules/roles.ts';
import { and, eq, gt, inArray, isNotNull, isNull, lt, notInArray, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import {
  loginChallenges,
  recoveryCodes,
  secondFactorRoles,
  secondFactors,
  sessions,
  users,
} from '../schema/users.ts';

export type SecondFactorRow = typeof secondFactors.$inferSelect;
export type ChallengeRow = typeof loginChallenges.$inferSelect;

export async function readFactor(db: DbOrTx, userId: string): Promise<SecondFactorRow | null> {
  const rows = await db.select().from(secondFactors).where(eq(secondFactors.userId, userId));
  return rows[0] ?? null;
}

/** Begins with a new secret; does nothing, and answers false, where one is in use. */
export async function putUnconfirmedFactor(db: DbOrTx, userId: string, secret: string): Promise<boolean> {
  const rows = await db
    .insert(secondFactors)
    .values({ userId, secret })
    .onConflictDoUpdate({
      target: secondFactors.userId,
      set: { secret, lastStep: 0 },
      setWhere: isNull(secondFactors.confirmedAt),
    })
    .returning({ userId: secondFactors.userId });
  return rows.length > 0;
}

/** Uses a step of time up; false when it, or a later one, was used before. */
export async function takeStep(tx: DbOrTx, userId: string, step: number): Promise<boolean> {
  const rows = await tx
    .update(secondFactors)
    .set({ lastStep: step })
    .where(and(eq(secondFactors.userId, userId), lt(secondFactors.lastStep, step)))
    .returning({ userId: secondFactors.userId });
  return rows.length > 0;
}

export async function confirmFactor(tx: Tx, userId: string): Promise<void> {
  await tx.update(secondFactors).set({ confirmedAt: sql`now()` }).where(eq(secondFactors.userId, userId));
}

/** Whether there was one, and it and its recovery codes are gone. */
export async function deleteFactor(tx: Tx, userId: string): Promise<boolean> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  const rows = await tx
    .delete(secondFactors)
    .where(eq(secondFactors.userId, userId))
    .returning({ userId: secondFactors.userId });
  return rows.length > 0;
}

/** Puts these codes in the place of all earlier ones. */
export async function putRecoveryCodes(tx: Tx, userId: string, hashes: string[]): Promise<void> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  await tx.insert(recoveryCodes).values(hashes.map((codeHash) => ({ codeHash, userId })));
}

/** Uses a recovery code up; false when it is unknown or was used before. */
export async function takeRecoveryCode(tx: DbOrTx, userId: string, codeHash: string): Promise<boolean> {
  const rows = await tx
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, codeHash)))
    .returning({ userId: recoveryCodes.userId });
  return rows.length > 0;
}

export const countRecoveryCodes = (db: DbOrTx, userId: string): Promise<number> =>
  db.$count(recoveryCodes, eq(recoveryCodes.userId, userId));

export async function readDemandedRoles(db: DbOrTx): Promise<Role[]> {
  const rows = await db.select().from(secondFactorRoles);
  return ROLES.filter((role) => rows.some((row) => row.role === role));
}

/** Demands a second factor of these roles and ends the sessions of everybody of them who has none. */
export async function putDemandedRoles(tx: Tx, roles: Role[]): Promise<void> {
  await tx.delete(secondFactorRoles);
  if (roles.length === 0) return;
  await tx.insert(secondFactorRoles).values(roles.map((role) => ({ role })));
  const secured = tx
    .select({ id: secondFactors.userId })
    .from(secondFactors)
    .where(isNotNull(secondFactors.confirmedAt));
  const bare = tx
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.role, roles), notInArray(users.id, secured)));
  await tx.delete(sessions).where(inArray(sessions.userId, bare));
}

export async function insertChallenge(
  db: DbOrTx,
  challenge: typeof loginChallenges.$inferInsert,
): Promise<void> {
  await db.delete(loginChallenges).where(lt(loginChallenges.expiresAt, sql`now()`));
  await db.insert(loginChallenges).values(challenge);
}

/** A challenge that still bears a try. */
export async function readChallenge(
  db: DbOrTx,
  tokenHash: string,
  tries: number,
): Promise<ChallengeRow | null> {
  const rows = await db.select().from(loginChallenges).where(isOpen(tokenHash, tries));
  return rows[0] ?? null;
}

/** Counts a try before it is looked at; null when the challenge bears none any more. */
export async function countChallengeTry(
  db: DbOrTx,
  tokenHash: string,
  tries: number,
): Promise<ChallengeRow | null> {
  const rows = await db
    .update(loginChallenges)
    .set({ tries: sql`${loginChallenges.tries} + 1` })
    .where(isOpen(tokenHash, tries))
    .returning();
  return rows[0] ?? null;
}

const isOpen = (tokenHash: string, tries: number) =>
  and(
    eq(loginChallenges.tokenHash, tokenHash),
    lt(loginChallenges.tries, tries),
    gt(loginChallenges.expiresAt, sql`now()`),
  );

/** Whether this call ended it: of several at once one. */
export async function endChallenge(db: DbOrTx, tokenHash: string): Promise<boolean> {
  const rows = await db
    .delete(loginChallenges)
    .where(eq(loginChallenges.tokenHash, tokenHash))
    .returning({ tokenHash: loginChallenges.tokenHash });
  return rows.length > 0;
}

/** Whether the person behind a session has shown in the last minutes that it is still them. */
export async function isConfirmed(db: DbOrTx, sessionHash: string, minutes: number): Promise<boolean> {
  const rows = await db
    .select({ idHash: sessions.idHash })
    .from(sessions)
    .where(
      and(
        eq(sessions.idHash, sessionHash),
        gt(sessions.confirmedAt, sql`now() - make_interval(mins => ${minutes}::int)`),
      ),
    );
  return rows.length > 0;
}

/** Notes whether the person behind a session has just shown that it is them. */
export async function setConfirmed(db: DbOrTx, sessionHash: string, confirmed: boolean): Promise<void> {
  await db
    .update(sessions)
    .set({ confirmedAt: confirmed ? sql`now()` : sql`'epoch'` })
    .where(eq(sessions.idHash, sessionHash));
}
