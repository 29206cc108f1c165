import type { DbOrTx } from '@qijian/db/client.ts';
import { type Catalog, readCatalog } from '@qijian/db/queries/catalog.ts';
import type { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import type { CompletenessBody, Piece } from '@qijian/domain/contract/api/customers.ts';
import {
  type Completeness,
  computeCompleteness,
  type DocumentFacts,
  typeMarks,
} from '@qijian/domain/rules/completeness.ts';
import { inArray, sql } from 'drizzle-orm';

type CustomerRow = typeof customers.$inferSelect;
type DocumentRow = typeof documents.$inferSelect;

/** What completeness is made of. */
export interface Facts {
  catalog: Catalog;
  /** By customer, oldest first. Deleted ones are among them where an auditor returned them. */
  documents: Map<string, DocumentFacts[]>;
}

/** Which documents say something of completeness: those in the file, and those that an auditor returned. */
export const TELLING = sql`(deleted_at is null or verdict = 'rejected')`;

/** The facts of these customers in one round trip; under the customers' locks they are the last word. */
export async function readFacts(db: DbOrTx, customerIds: string[]): Promise<Facts> {
  // By hand: read with every change, of files of thousands of documents too.
  const [catalog, rows] = await Promise.all([
    readCatalog(db),
    db.execute<DocumentFactsRow>(sql`
      select customer_id, type, pages, state, verdict, floor(extract(epoch from created_at) * 1000)::float8 as created,
        floor(extract(epoch from moved_at) * 1000)::float8 as moved,
        floor(extract(epoch from reviewed_at) * 1000)::float8 as reviewed,
        deleted_at is not null as deleted, group_id, page_index, page_total
      from documents where ${inArray(documents.customerId, customerIds)} and ${TELLING}
      order by customer_id, created_at, id`),
  ]);
  const documentsOf = Map.groupBy(rows, (row) => row.customer_id);
  return {
    catalog,
    documents: new Map([...documentsOf].map(([id, own]) => [id, own.map(factsOfRow)])),
  };
}

type DocumentFactsRow = {
  customer_id: string;
  type: string;
  pages: number | null;
  state: DocumentFacts['state'];
  verdict: DocumentFacts['verdict'];
  created: number;
  moved: number | null;
  reviewed: number | null;
  deleted: boolean;
  group_id: string | null;
  page_index: number | null;
  page_total: number | null;
};

function factsOfRow(row: DocumentFactsRow): DocumentFacts {
  return {
    type: row.type,
    pages: row.pages,
    state: row.state,
    verdict: row.verdict,
    createdAt: row.created,
    movedAt: row.moved,
    reviewedAt: row.reviewed,
    isDeleted: row.deleted,
    group:
      row.group_id === null ? null : { id: row.group_id, index: row.page_index ?? 0, total: row.page_total },
  };
}

/** The completeness of a customer by these facts. */
export function completenessOf(
  { catalog, documents }: Facts,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes' | 'excusedTypes'>,
): Completeness {
  return computeCompleteness({
    types: catalog.types,
    checklist: catalog.checklists.get(customer.product ?? '')?.items ?? null,
    requestedTypes: typeMarks(customer.requestedTypes),
    excusedTypes: typeMarks(customer.excusedTypes),
    documents: documents.get(customer.id) ?? [],
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
