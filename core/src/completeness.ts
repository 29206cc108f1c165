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
import { inArray, type SQL, sql } from 'drizzle-orm';

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

/**
 * The facts of these customers in one round trip; under the customers' locks they are the last word. Read with every
 * change: documents that count alike, having come on the same day in China, are one fact with the pages of all.
 */
export async function readFacts(db: DbOrTx, customerIds: string[]): Promise<Facts> {
  const [catalog, rows] = await Promise.all([
    readCatalog(db),
    db.execute<DocumentFactsRow>(sql`
      select customer_id, type, sum(coalesce(pages, 1))::int as pages, state, verdict,
        ${milliseconds(sql`max(created_at)`)} as created,
        ${milliseconds(sql`max(coalesce(moved_at, created_at))`)} as moved,
        ${milliseconds(sql`max(coalesce(reviewed_at, created_at)) filter (where verdict = 'rejected')`)} as reviewed,
        deleted_at is not null as deleted, group_id, page_index, page_total
      from documents where ${inArray(documents.customerId, customerIds)} and ${TELLING}
      group by customer_id, type, state, verdict, deleted_at is not null, group_id, page_index, page_total,
        (created_at at time zone 'Asia/Shanghai')::date
      order by customer_id, min(created_at), group_id, page_index`),
  ]);
  const documentsOf = Map.groupBy(rows, (row) => row.customer_id);
  return {
    catalog,
    documents: new Map([...documentsOf].map(([id, own]) => [id, own.map(factsOfRow)])),
  };
}

const milliseconds = (time: SQL) => sql`floor(extract(epoch from ${time}) * 1000)::float8`;

type DocumentFactsRow = {
  customer_id: string;
  type: string;
  pages: number;
  state: DocumentFacts['state'];
  verdict: DocumentFacts['verdict'];
  created: number;
  moved: number;
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
