import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { VerdictInput } from '@qijian/domain/contract/api/reviews.ts';
import { isTold } from '@qijian/domain/rules/portal.ts';
import { and, count, eq, gt, isNull } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { documents, type Review } from '../schema/documents.ts';
import { type DocumentRow, updateDocument } from './documents.ts';

/** Locks a document that is not deleted; lock the customer first. */
export async function lockDocument(tx: Tx, id: string): Promise<DocumentRow | null> {
  const rows = await tx
    .select()
    .from(documents)
    .where(and(eq(documents.id, id), isNull(documents.deletedAt)))
    .for('update');
  return rows[0] ?? null;
}

/** How many documents of a customer somebody uploaded; deleted ones do not count. */
export async function countUploadsBy(db: DbOrTx, customerId: string, userId: string): Promise<number> {
  const rows = await db
    .select({ many: count() })
    .from(documents)
    .where(
      and(
        eq(documents.customerId, customerId),
        eq(documents.uploadedBy, userId),
        isNull(documents.deletedAt),
      ),
    );
  return rows[0]?.many ?? 0;
}

/** How many documents were added to a customer after a moment and are still there. */
export async function countAddedSince(db: DbOrTx, customerId: string, since: Date): Promise<number> {
  const rows = await db
    .select({ many: count() })
    .from(documents)
    .where(
      and(eq(documents.customerId, customerId), gt(documents.createdAt, since), isNull(documents.deletedAt)),
    );
  return rows[0]?.many ?? 0;
}

/** The verdict on a document as it is stored. */
export function storedVerdict(row: DocumentRow): Review {
  return {
    verdict: row.verdict,
    reasonCodes: row.reasonCodes,
    message: row.message,
    privateNote: row.privateNote,
    region: row.reviewRegion,
    reviewedBy: row.reviewedBy,
    reviewedAt: row.reviewedAt?.toISOString() ?? null,
  };
}

/**
 * Stores a verdict beside the one it replaces and the one that the customer knows of, and raises the document's version.
 * `decidedAt` is when the file was last decided on.
 */
export function setVerdict(
  tx: Tx,
  row: DocumentRow,
  by: { reviewer: string; at: Date; decidedAt: Date | null },
  input: Omit<VerdictInput, 'version' | 'reasonCode' | 'reasonCodes'> & {
    reasonCodes: Review['reasonCodes'];
  },
): Promise<Document> {
  const rejected = input.verdict === 'rejected';
  const { verdict, reasonCodes, message, reviewRegion: region } = row;
  const known = isTold(row.reviewedAt?.getTime() ?? null, by.decidedAt?.getTime() ?? null);
  return updateDocument(tx, row.id, {
    ...columnsOf({
      verdict: input.verdict,
      reasonCodes: rejected ? input.reasonCodes : [],
      message: rejected ? input.message?.trim() || null : null,
      privateNote: input.privateNote?.trim() || null,
      region: rejected ? (input.region ?? null) : null,
      reviewedBy: by.reviewer,
      reviewedAt: by.at.toISOString(),
    }),
    previousReview: storedVerdict(row),
    ...(known ? { toldVerdict: { verdict, reasonCodes, message, region } } : {}),
  });
}

/** Puts back what the last verdict replaced; there is nothing more to take back then. */
export function restoreVerdict(tx: Tx, id: string, previous: Review): Promise<Document> {
  return updateDocument(tx, id, { ...columnsOf(previous), previousReview: null });
}

function columnsOf(review: Review) {
  return {
    verdict: review.verdict,
    reasonCode: review.reasonCodes[0] ?? null,
    reasonCodes: review.reasonCodes,
    message: review.message,
    privateNote: review.privateNote,
    reviewRegion: review.region,
    reviewedBy: review.reviewedBy,
    reviewedAt: review.reviewedAt === null ? null : new Date(review.reviewedAt),
  };
}
