import type { DocumentFacts } from '@qijian/domain/rules/completeness.ts';
import { and, asc, inArray, min, type SQL, sql } from 'drizzle-orm';
import { builtOnce, type DbOrTx } from '../client.ts';
import { documents } from '../schema/documents.ts';
import type { DocumentRow } from './documents.ts';

/** Which documents say something of completeness: those in the file, and those that an auditor returned. */
const TELLING = sql`(deleted_at is null or verdict = 'rejected')`;

const milliseconds = (time: SQL) => sql<number>`floor(extract(epoch from ${time}) * 1000)::float8`;
const isDeleted = sql<boolean>`deleted_at is not null`;

const factsWhere = (whose: SQL) =>
  builtOnce((db) => {
    const { customerId, type, state, verdict, groupId, pageIndex, pageTotal, createdAt } = documents;
    return db
      .select({
        ...{ customerId, type, state, verdict, isDeleted, groupId, pageIndex, pageTotal },
        pages: sql<number>`sum(coalesce(pages, 1))::int`,
        createdAt: milliseconds(sql`max(created_at)`),
        movedAt: milliseconds(sql`max(coalesce(moved_at, created_at))`),
        reviewedAt: sql<number | null>`${milliseconds(
          sql`max(coalesce(reviewed_at, created_at)) filter (where verdict = 'rejected')`,
        )}`,
      })
      .from(documents)
      .where(and(whose, TELLING))
      .groupBy(
        ...[customerId, type, state, verdict, isDeleted, groupId, pageIndex, pageTotal],
        sql`(created_at at time zone 'Asia/Shanghai')::date`,
      )
      .orderBy(customerId, min(createdAt), groupId, pageIndex)
      .prepare('document_facts');
  });
// Of one customer they are read by a plan that is kept; that of several depends on how many they are.
const factsOfOne = factsWhere(sql`${documents.customerId} = ${sql.placeholder('customerId')}`);
const factsOfSeveral = factsWhere(
  sql`${documents.customerId} = any(${sql.placeholder('customerIds')}::uuid[])`,
);

/**
 * What completeness reads of the documents of these customers, oldest first; deleted ones are among them where an auditor
 * returned them. Documents that count alike, having come on the same day in China, are one fact with the pages of all.
 */
export async function readDocumentFacts(
  db: DbOrTx,
  customerIds: string[],
): Promise<Map<string, DocumentFacts[]>> {
  const [customerId, ...others] = customerIds;
  if (customerId === undefined) return new Map();
  const rows = await (others.length === 0
    ? factsOfOne(db, { customerId })
    : factsOfSeveral(db, { customerIds }));
  const documentsOf = Map.groupBy(rows, (row) => row.customerId);
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

function factsOfRow(row: Awaited<ReturnType<typeof factsOfOne>>[number]): DocumentFacts {
  const { groupId, pageIndex, pageTotal, ...own } = row;
  return {
    ...own,
    group: groupId === null ? null : { id: groupId, index: pageIndex ?? 0, total: pageTotal },
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
