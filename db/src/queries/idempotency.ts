import { and, eq, lt, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { idempotencyKeys } from '../schema/users.ts';

/**
 * Claims a key for this transaction. Null: it is ours, do the work. Otherwise what the first request stored; a first
 * request that is still running is waited for (the insert blocks on its row).
 */
export async function claimIdempotencyKey(
  tx: Tx,
  claim: { userId: string; key: string; requestHash: string },
): Promise<{ requestHash: string; response: string | null } | null> {
  const inserted = await tx.insert(idempotencyKeys).values(claim).onConflictDoNothing().returning({
    key: idempotencyKeys.key,
  });
  if (inserted.length > 0) return null;
  const rows = await tx
    .select({ requestHash: idempotencyKeys.requestHash, response: idempotencyKeys.response })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, claim.userId), eq(idempotencyKeys.key, claim.key)));
  return rows[0] ?? null;
}

export async function storeIdempotentAnswer(
  tx: Tx,
  answer: { userId: string; key: string; response: string },
): Promise<void> {
  await tx
    .update(idempotencyKeys)
    .set({ status: 200, response: answer.response })
    .where(and(eq(idempotencyKeys.userId, answer.userId), eq(idempotencyKeys.key, answer.key)));
}

/** Forgets keys older than a day. */
export async function deleteOldIdempotencyKeys(db: DbOrTx): Promise<void> {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, sql`now() - interval '1 day'`));
}
