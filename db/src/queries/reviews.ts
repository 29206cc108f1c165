import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { VerdictInput } from '@qijian/domain/contract/api/reviews.ts';
import { and, count, eq, isNull } from 'drizzle-orm';
import type { Tx } from '../client.ts';
import { documents } from '../schema/documents.ts';
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

/** How many documents of a customer somebody uploaded. */
export async function countUploadsBy(tx: Tx, customerId: string, userId: string): Promise<number> {
  const rows = await tx
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

/** Stores a verdict and raises the document's version. */
export function setVerdict(tx: Tx, id: string, reviewer: string, input: VerdictInput): Promise<Document> {
  const rejected = input.verdict === 'rejected';
  return updateDocument(tx, id, {
    verdict: input.verdict,
    reasonCode: rejected ? (input.reasonCode ?? null) : null,
    message: rejected ? input.message?.trim() || null : null,
    privateNote: input.privateNote?.trim() || null,
    reviewRegion: rejected ? (input.region ?? null) : null,
    reviewedBy: reviewer,
    reviewedAt: new Date(),
  });
}
