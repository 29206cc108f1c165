import type { DocumentFacts } from '@qijian/domain/rules/completeness.ts';
import { and, asc, inArray, type SQL, sql } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';
import { documents } from '../schema/documents.ts';
import type { DocumentRow } from './documents.ts';

/** Which documents say something of completeness: those in the file, and those that an auditor returned. */
const TELLING = sql`(deleted_at is null or verdict = 'rejected')`;

/**
 * What completeness reads of the documents of these customers, oldest first; deleted ones are among them where an auditor
 * returned them. Documents that count alike, having come on the same day in China, are one fact with the pages of all.
 */
export async function readDocumentFacts(
  db: DbOrTx,
  customerIds: string[],
): Promise<Map<string, DocumentFacts[]>> {
  const rows = await db.execute<DocumentFactsRow>(sql`
    select customer_id, type, sum(coalesce(pages, 1))::int as pages, state, verdict,
      ${milliseconds(sql`max(created_at)`)} as created,
      ${milliseconds(sql`max(coalesce(moved_at, created_at))`)} as moved,
      ${milliseconds(sql`max(coalesce(reviewed_at, created_at)) filter (where verdict = 'rejected')`)} as reviewed,
      deleted_at is not null as deleted, group_id, page_index, page_total
    from documents where ${inArray(documents.customerId, customerIds)} and ${TELLING}
    group by customer_id, type, state, verdict, deleted_at is not null, group_id, page_index, page_total,
      (created_at at time zone 'Asia/Shanghai')::date
    order by customer_id, min(created_at), group_id, page_index`);
  const documentsOf = Map.groupBy(rows, (row) => row.customer_id);
  return new Map([...documentsOf].map(([id, own]) => [id, own.map(factsOfRow)]));
}

/** The same documents one by one, by customer, oldest first. */
export async function readTellingDocuments(
  db: DbOrTx,
  customerIds: string[],
): Promise<Map<string, DocumentRow[]>> {
  const rows = await db
    .select()
    .from(documents)
    .where(and(inArray(documents.customerId, customerIds), TELLING))
    .orderBy(asc(documents.createdAt), asc(documents.id));
  return Map.groupBy(rows, (row) => row.customerId);
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
