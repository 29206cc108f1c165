import type { CompletenessBody, Piece } from '@qijian/domain/contract/api/customers.ts';
import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { type Completeness, computeCompleteness } from '@qijian/domain/rules/completeness.ts';
import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { stateForCompleteness } from '@qijian/domain/rules/customer-states.ts';
import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import type { Db, DbOrTx, Tx } from '../client.ts';
import { recalculations } from '../schema/catalog.ts';
import { customers } from '../schema/customers.ts';
import { documents } from '../schema/documents.ts';
import { readChecklistItems, readDocumentTypes } from './catalog.ts';
import { type CustomerRow, changeCustomer, lockCustomer } from './customer-changes.ts';

const SYSTEM: Actor = { kind: 'system', id: null, name: '' };

/** The completeness of a customer by the facts in this snapshot; nothing is written. */
export async function calculateCompleteness(
  db: DbOrTx,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes'>,
  catalog?: Catalog,
): Promise<Completeness> {
  const known = catalog ?? (await readCatalog(db, customer.product));
  const facts = await db
    .select({
      type: documents.type,
      pages: documents.pages,
      state: documents.state,
      verdict: documents.verdict,
      createdAt: documents.createdAt,
    })
    .from(documents)
    .where(and(eq(documents.customerId, customer.id), isNull(documents.deletedAt)));
  return computeCompleteness({
    types: known.types,
    checklist: known.checklist,
    requestedTypes: customer.requestedTypes.map((requested) => requested.type),
    documents: facts.map((fact) => ({ ...fact, createdAt: fact.createdAt.getTime() })),
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
    hasReturned: completeness.items.some((item) => item.state === 'returned'),
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
 * Calculates under the row's lock, stores the result where it differs and moves the state between pending and
 * complete. The lock makes it the last word on everything committed before; repeating it changes nothing.
 */
export async function recalculateCustomer(tx: Tx, customerId: string): Promise<void> {
  const before = await lockCustomer(tx, customerId);
  if (!before) return;
  const completeness = await calculateCompleteness(tx, before);
  const columns = completenessColumns(completeness);
  const state = stateForCompleteness(before.status, completeness.missing.length === 0);
  const differs =
    JSON.stringify([columns.pieces, columns.missing]) !== JSON.stringify([before.pieces, before.missing]);
  if (!differs && state === before.status) {
    // Page counts and the like: everybody calculates them from the documents they already have.
    await tx.update(customers).set(columns).where(eq(customers.id, customerId));
    return;
  }
  await changeCustomer(tx, {
    customerId,
    actor: SYSTEM,
    type: 'customer.completeness-changed',
    set: columns,
    data: { from: before.completeness.satisfied, to: completeness.satisfied },
    audit: { satisfied: completeness.satisfied, required: completeness.required },
  });
  if (state !== before.status) await moveBySystem(tx, customerId, before.status, state);
}

async function moveBySystem(
  tx: Tx,
  customerId: string,
  from: CustomerState,
  to: CustomerState,
): Promise<void> {
  await changeCustomer(tx, {
    customerId,
    actor: SYSTEM,
    type: 'customer.state-changed',
    set: { status: to },
    data: { from, to, reason: null },
    audit: { from, to },
  });
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
