import { isDeepStrictEqual } from 'node:util';
import type { CompletenessBody, Customer, Piece } from '@qijian/domain/contract/api/customers.ts';
import type { Actor, EventBodies } from '@qijian/domain/contract/live-events.ts';
import {
  type Completeness,
  computeCompleteness,
  type DocumentFacts,
  typeMarks,
} from '@qijian/domain/rules/completeness.ts';
import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { stateForCompleteness } from '@qijian/domain/rules/customer-states.ts';
import { and, asc, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import type { Db, DbOrTx, Tx } from '../client.ts';
import { recalculations } from '../schema/catalog.ts';
import { customers } from '../schema/customers.ts';
import { documents } from '../schema/documents.ts';
import { readChecklistItems, readDocumentTypes } from './catalog.ts';
import { type CustomerRow, customerColumns, recordChanges, toCustomer } from './customer-changes.ts';

const SYSTEM: Actor = { kind: 'system', id: null, name: '' };

/** The completeness of a customer by the facts in this snapshot; nothing is written. */
export async function calculateCompleteness(
  db: DbOrTx,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes' | 'excusedTypes'>,
  catalog?: Catalog,
): Promise<Completeness> {
  const known = catalog ?? (await readCatalog(db, customer.product));
  const facts = await readFacts(db, [customer.id]);
  return computeCompleteness({
    types: known.types,
    checklist: known.checklist,
    requestedTypes: typeMarks(customer.requestedTypes),
    excusedTypes: typeMarks(customer.excusedTypes),
    documents: facts.get(customer.id) ?? [],
    now: Date.now(),
  });
}

export interface Catalog {
  types: Awaited<ReturnType<typeof readDocumentTypes>>;
  checklist: Awaited<ReturnType<typeof readChecklistItems>>;
}

/** Document types and the checklist of a product. */
export async function readCatalog(db: DbOrTx, product: string | null): Promise<Catalog> {
  return { types: await readDocumentTypes(db), checklist: await readChecklistItems(db, product) };
}

/** The columns that hold a calculated completeness. */
export function completenessColumns(completeness: Completeness) {
  const { nextExpiryAt, ...body } = completeness;
  return {
    completeness: body satisfies CompletenessBody as CompletenessBody,
    pieces: piecesOf(completeness),
    missing: completeness.missing,
    hasReturned: completeness.items.some(
      (item) => item.state === 'returned' || (item.requested && !item.satisfied),
    ),
    nextExpiryAt: nextExpiryAt === null ? null : new Date(nextExpiryAt),
    completenessStale: false,
  };
}

function piecesOf(completeness: Completeness): Piece[] {
  return completeness.items
    .filter((item) => item.required)
    .map(({ type, state }): Piece => ({ type, state }));
}

/**
 * Calculates under the rows' locks, stores what differs and moves states between pending and complete; answers how many
 * customers changed for people. The locks make it the last word on everything committed before; repeating it changes
 * nothing. The time of the last change stays that of the last person's.
 */
export async function recalculateCustomers(tx: Tx, ids: string[]): Promise<number> {
  const rows = await tx
    .select()
    .from(customers)
    .where(and(inArray(customers.id, ids), isNull(customers.deletedAt)))
    .orderBy(asc(customers.id))
    .for('update');
  const judged = (await judge(tx, rows)).filter((one) => one.isOutdated);
  if (judged.length === 0) return 0;
  await tx.execute(sql`
    update customers c
    set completeness = v.completeness, pieces = v.pieces, missing = v.missing, has_returned = v."hasReturned",
        next_expiry_at = v."nextExpiryAt", completeness_stale = false, version = c.version + v.step
    from jsonb_to_recordset(${JSON.stringify(
      judged.map(({ row, columns, isSeen }) => ({ id: row.id, ...columns, step: isSeen ? 1 : 0 })),
    )}::text::jsonb) as v(id uuid, completeness jsonb, pieces jsonb, missing text[], "hasReturned" boolean,
      "nextExpiryAt" timestamptz, step integer)
    where c.id = v.id`);
  const seen = judged.filter((one) => one.isSeen);
  await recordEach(tx, 'customer.completeness-changed', seen, ({ row, columns }) => ({
    from: row.completeness.satisfied,
    to: columns.completeness.satisfied,
  }));

  const moved = judged.filter((one) => one.status !== one.row.status);
  if (moved.length > 0) {
    await tx.execute(sql`
      update customers c set status = v.status, version = c.version + 1
      from jsonb_to_recordset(${JSON.stringify(
        moved.map(({ row, status }) => ({ id: row.id, status })),
      )}::text::jsonb) as v(id uuid, status text)
      where c.id = v.id`);
    await recordEach(tx, 'customer.state-changed', moved, ({ row, status }) => ({
      from: row.status,
      to: status,
      reason: null,
    }));
  }
  return new Set([...seen, ...moved]).size;
}

/** As `recalculateCustomers`, for one. */
export async function recalculateCustomer(tx: Tx, customerId: string): Promise<void> {
  await recalculateCustomers(tx, [customerId]);
}

/** Those of these customers whose stored completeness is not what the facts say now; locks nothing. */
export async function findOutdated(db: DbOrTx, ids: string[]): Promise<string[]> {
  const rows = await db
    .select()
    .from(customers)
    .where(and(inArray(customers.id, ids), isNull(customers.deletedAt)));
  const judged = await judge(db, rows);
  return judged.filter((one) => one.isOutdated).map(({ row }) => row.id);
}

interface Judged {
  row: CustomerRow;
  columns: ReturnType<typeof completenessColumns>;
  status: CustomerState;
  /** The stored result must be replaced. */
  isOutdated: boolean;
  /** People see the difference; else it is kept silently. */
  isSeen: boolean;
}

/** What is stored of each customer beside what the facts in this snapshot say. */
async function judge(db: DbOrTx, rows: CustomerRow[]): Promise<Judged[]> {
  if (rows.length === 0) return [];
  const products = [...new Set(rows.map((row) => row.product))];
  const types = await readDocumentTypes(db);
  const checklists = new Map<string | null, Catalog['checklist']>();
  for (const product of products) checklists.set(product, await readChecklistItems(db, product));
  const facts = await readFacts(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => {
    const completeness = computeCompleteness({
      types,
      checklist: checklists.get(row.product) ?? null,
      requestedTypes: typeMarks(row.requestedTypes),
      excusedTypes: typeMarks(row.excusedTypes),
      documents: facts.get(row.id) ?? [],
      now: Date.now(),
    });
    const columns = completenessColumns(completeness);
    const status = stateForCompleteness(row.status, completeness.missing.length === 0);
    const isSeen = !isDeepStrictEqual(seenOf(columns), seenOf(row));
    const isOutdated =
      isSeen ||
      status !== row.status ||
      row.completenessStale ||
      row.nextExpiryAt?.getTime() !== columns.nextExpiryAt?.getTime() ||
      !isDeepStrictEqual(columns.completeness, row.completeness);
    return { row, columns, status, isOutdated, isSeen };
  });
}

/** What a change of is an event: what an event tells. Pages, reasons and days of expiry are stored without one. */
function seenOf({ completeness, pieces, missing }: Pick<CustomerRow, 'completeness' | 'pieces' | 'missing'>) {
  return [completeness.required, completeness.satisfied, pieces, missing];
}

async function readFacts(db: DbOrTx, customerIds: string[]): Promise<Map<string, DocumentFacts[]>> {
  const rows = await db
    .select({
      customerId: documents.customerId,
      type: documents.type,
      pages: documents.pages,
      state: documents.state,
      verdict: documents.verdict,
      createdAt: documents.createdAt,
      reviewedAt: documents.reviewedAt,
      groupId: documents.groupId,
      pageIndex: documents.pageIndex,
      pageTotal: documents.pageTotal,
    })
    .from(documents)
    .where(and(inArray(documents.customerId, customerIds), isNull(documents.deletedAt)))
    .orderBy(asc(documents.createdAt), asc(documents.id));
  const facts = new Map<string, DocumentFacts[]>();
  for (const { customerId, createdAt, reviewedAt, groupId, pageIndex, pageTotal, ...fact } of rows) {
    const own = facts.get(customerId) ?? [];
    const group = groupId === null ? null : { id: groupId, index: pageIndex ?? 0, total: pageTotal };
    own.push({
      ...fact,
      createdAt: createdAt.getTime(),
      reviewedAt: reviewedAt?.getTime() ?? null,
      group,
    });
    facts.set(customerId, own);
  }
  return facts;
}

/** One event and audit row for each customer as it is now. */
async function recordEach<T extends 'customer.completeness-changed' | 'customer.state-changed'>(
  tx: Tx,
  type: T,
  judged: Judged[],
  dataOf: (one: Judged) => Omit<EventBodies[T], 'customer'>,
): Promise<void> {
  if (judged.length === 0) return;
  const rows = await tx
    .select(customerColumns)
    .from(customers)
    .where(
      inArray(
        customers.id,
        judged.map(({ row }) => row.id),
      ),
    );
  const now = new Map(rows.map((selected) => [selected.row.id, toCustomer(selected)]));
  await recordChanges(
    tx,
    judged.map((one) => {
      const data = dataOf(one);
      const customer = now.get(one.row.id) as Customer;
      return { customer, actor: SYSTEM, type, data, audit: { ...data } };
    }),
  );
}

/** Customers whose recalculation has not happened yet, at most `limit`. */
export async function readStaleCustomers(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.completenessStale, true), isNull(customers.deletedAt)))
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Marks customers with a document that has expired since; returns how many. */
export async function markExpired(db: Db): Promise<number> {
  const rows = await db
    .update(customers)
    .set({ completenessStale: true, nextExpiryAt: null })
    .where(and(lte(customers.nextExpiryAt, sql`now()`), isNull(customers.deletedAt)))
    .returning({ id: customers.id });
  return rows.length;
}

/** The next customers of a run over all, in id order after `cursor`. */
export async function readCustomerIds(db: Db, cursor: string | null, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: customers.id })
    .from(customers)
    .where(and(isNull(customers.deletedAt), cursor ? gt(customers.id, cursor) : undefined))
    .orderBy(asc(customers.id))
    .limit(limit);
  return rows.map((row) => row.id);
}

export async function readRecalculation(db: DbOrTx, id: string) {
  const rows = await db.select().from(recalculations).where(eq(recalculations.id, id));
  return rows[0] ?? null;
}

/** Stores how far a run has come. */
export async function advanceRecalculation(
  tx: DbOrTx,
  id: string,
  set: { done: number; cursor: string | null; finished: boolean },
): Promise<void> {
  await tx
    .update(recalculations)
    .set({
      done: set.done,
      cursor: set.cursor,
      total: sql`greatest(${recalculations.total}, ${set.done})`,
      ...(set.finished ? { finishedAt: sql`now()` } : {}),
    })
    .where(eq(recalculations.id, id));
}

/** The newest run that has not ended; older ones are covered by it. */
export async function readUnfinishedRecalculation(db: Db): Promise<string | null> {
  const rows = await db
    .select({ id: recalculations.id, finishedAt: recalculations.finishedAt })
    .from(recalculations)
    .orderBy(sql`${recalculations.startedAt} desc`)
    .limit(1);
  return rows[0] && rows[0].finishedAt === null ? rows[0].id : null;
}
