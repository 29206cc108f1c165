import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
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

/** Gives a claim back, so that the next attempt need not wait for the lease; `heavy` where it took too long. */
export async function releasePreview(db: DbOrTx, id: string, options?: { heavy: boolean }): Promise<void> {
  await db
    .update(documents)
    .set({ attemptedAt: null, ...options })
    .where(and(eq(documents.id, id), eq(documents.state, 'processing')));
}

/** A document whose preview is to be made. */
export interface WaitingPreview {
  id: string;
  /** Whether it takes long: a PDF, or what took long before. */
  heavy: boolean;
  /** Older ones of the same link, or the same person, that wait too. */
  behind: number;
}

const heavy = sql`(document.heavy or document.mime = 'application/pdf')`;

/** Where documents that have just arrived stand among what their link or person has waiting. */
export async function readPreviewPlaces(db: DbOrTx, ids: readonly string[]): Promise<WaitingPreview[]> {
  return db.execute<WaitingPreview & Record<string, unknown>>(sql`
    select document.id, ${heavy} as heavy, (
      select count(*)::int from documents other
      where coalesce(other.link_id, other.uploaded_by) = coalesce(document.link_id, document.uploaded_by)
        and other.state = 'processing' and other.deleted_at is null and other.id < document.id) as behind
    from documents document where document.id in ${ids}`);
}

/** Previews that have been waiting for more than `olderThanSeconds`, oldest first; the reconciler asks for them again. */
export async function readUnfinishedPreviews(
  db: DbOrTx,
  olderThanSeconds: number,
  limit: number,
): Promise<WaitingPreview[]> {
  return db.execute<WaitingPreview & Record<string, unknown>>(sql`
    select document.id, ${heavy} as heavy, (row_number() over (
      partition by coalesce(document.link_id, document.uploaded_by) order by document.created_at))::int - 1 as behind
    from documents document
    join customers customer on customer.id = document.customer_id and customer.deleted_at is null
    where document.state = 'processing' and document.deleted_at is null
      and coalesce(document.attempted_at, document.created_at)
        < clock_timestamp() - make_interval(secs => ${olderThanSeconds})
    order by document.created_at limit ${limit}`);
}
