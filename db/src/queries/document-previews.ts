import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { customers } from '../schema/customers.ts';
import { documents } from '../schema/documents.ts';
import { documentColumns, toDocument } from './documents.ts';

/**
 * Takes a document for making its preview, for `leaseSeconds`; null when there is nothing to do or somebody else is
 * at it. A worker that dies leaves the lease to run out.
 */
export async function claimPreview(
  db: DbOrTx,
  id: string,
  leaseSeconds: number,
): Promise<{ customerId: string; storageKey: string; mime: string } | null> {
  const rows = await db
    .update(documents)
    .set({ attemptedAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(documents.id, id),
        eq(documents.state, 'processing'),
        isNull(documents.deletedAt),
        or(
          isNull(documents.attemptedAt),
          lt(documents.attemptedAt, sql`clock_timestamp() - make_interval(secs => ${leaseSeconds})`),
        ),
      ),
    )
    .returning({
      customerId: documents.customerId,
      storageKey: documents.storageKey,
      mime: documents.mime,
    });
  return rows[0] ?? null;
}

/** Ends `processing`; null when the document is no longer there or no longer processing. */
export async function finishPreview(
  tx: Tx,
  id: string,
  set: Pick<
    Partial<typeof documents.$inferInsert>,
    'state' | 'failure' | 'note' | 'pages' | 'width' | 'height'
  >,
): Promise<Document | null> {
  const rows = await tx
    .update(documents)
    .set({ ...set, version: sql`${documents.version} + 1` })
    .where(and(eq(documents.id, id), eq(documents.state, 'processing'), isNull(documents.deletedAt)))
    .returning(documentColumns);
  return rows[0] ? toDocument(rows[0]) : null;
}

/** Gives a claim back, so that the next attempt need not wait for the lease. */
export async function releasePreview(db: DbOrTx, id: string): Promise<void> {
  await db
    .update(documents)
    .set({ attemptedAt: null })
    .where(and(eq(documents.id, id), eq(documents.state, 'processing')));
}

/** Documents whose preview has been waiting for more than `olderThanSeconds`, oldest first; the reconciler asks for them again. */
export async function readUnfinishedPreviews(
  db: DbOrTx,
  olderThanSeconds: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: documents.id })
    .from(documents)
    .innerJoin(customers, and(eq(customers.id, documents.customerId), isNull(customers.deletedAt)))
    .where(
      and(
        eq(documents.state, 'processing'),
        isNull(documents.deletedAt),
        lt(
          sql`coalesce(${documents.attemptedAt}, ${documents.createdAt})`,
          sql`clock_timestamp() - make_interval(secs => ${olderThanSeconds})`,
        ),
      ),
    )
    .orderBy(asc(documents.createdAt))
    .limit(limit);
  return rows.map((row) => row.id);
}
