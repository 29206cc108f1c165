import type { Checklist, DocumentTypeBody } from '@qijian/domain/contract/api/catalog.ts';
import type { CompletenessBody, Piece } from '@qijian/domain/contract/api/customers.ts';
import {
  type Completeness,
  computeCompleteness,
  type DocumentFacts,
  typeMarks,
} from '@qijian/domain/rules/completeness.ts';
import { and, asc, eq, inArray, isNull, or } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';
import type { customers } from '../schema/customers.ts';
import { documents } from '../schema/documents.ts';
import { readChecklists, readDocumentTypes } from './catalog.ts';

type CustomerRow = typeof customers.$inferSelect;
type DocumentRow = typeof documents.$inferSelect;

/** What completeness, and the customer's own page, are made of. */
export interface Facts {
  types: DocumentTypeBody[];
  /** By product. */
  checklists: Map<string, Checklist>;
  /** By customer, oldest first. Deleted ones are among them where an auditor returned them. */
  documents: Map<string, DocumentRow[]>;
}

/** The facts of these customers in one round trip; under the customers' locks they are the last word. */
export async function readFacts(db: DbOrTx, customerIds: string[]): Promise<Facts> {
  const [types, checklists, rows] = await Promise.all([
    readDocumentTypes(db),
    readChecklists(db),
    db
      .select()
      .from(documents)
      .where(
        and(
          inArray(documents.customerId, customerIds),
          or(isNull(documents.deletedAt), eq(documents.verdict, 'rejected')),
        ),
      )
      .orderBy(asc(documents.createdAt), asc(documents.id)),
  ]);
  return {
    types,
    checklists: new Map(checklists.map((checklist) => [checklist.product, checklist])),
    documents: Map.groupBy(rows, (row) => row.customerId),
  };
}

/** The completeness of a customer by these facts, with its documents as `told` reads them. */
export function completenessOf(
  facts: Facts,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes' | 'excusedTypes'>,
  told: (row: DocumentRow) => DocumentFacts = documentFacts,
): Completeness {
  return computeCompleteness({
    types: facts.types,
    checklist: facts.checklists.get(customer.product ?? '')?.items ?? null,
    requestedTypes: typeMarks(customer.requestedTypes),
    excusedTypes: typeMarks(customer.excusedTypes),
    documents: (facts.documents.get(customer.id) ?? []).map(told),
    now: Date.now(),
  });
}

/** The completeness of a customer by the facts in this snapshot; nothing is written. */
export async function calculateCompleteness(
  db: DbOrTx,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes' | 'excusedTypes'>,
): Promise<Completeness> {
  return completenessOf(await readFacts(db, [customer.id]), customer);
}

/** A stored document as the rule of completeness reads it. */
export function documentFacts(row: DocumentRow): DocumentFacts {
  return {
    type: row.type,
    pages: row.pages,
    state: row.state,
    verdict: row.verdict,
    createdAt: row.createdAt.getTime(),
    movedAt: row.movedAt?.getTime() ?? null,
    reviewedAt: row.reviewedAt?.getTime() ?? null,
    isDeleted: row.deletedAt !== null,
    group: row.groupId === null ? null : { id: row.groupId, index: row.pageIndex ?? 0, total: row.pageTotal },
  };
}

/** The columns that hold a calculated completeness. */
export function completenessColumns(completeness: Completeness) {
  const { nextExpiryAt, ...body } = completeness;
  return {
    completeness: body satisfies CompletenessBody as CompletenessBody,
    pieces: completeness.items
      .filter((item) => item.required)
      .map(({ type, state }): Piece => ({ type, state })),
    missing: completeness.missing,
    hasReturned: completeness.items.some(
      (item) => item.state === 'returned' || (item.requested && !item.satisfied),
    ),
    nextExpiryAt: nextExpiryAt === null ? null : new Date(nextExpiryAt),
  };
}
