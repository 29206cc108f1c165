import { isDeepStrictEqual } from 'node:util';
import type { Db, DbOrTx, Tx } from '@qijian/db/client.ts';
import type { Catalog } from '@qijian/db/queries/catalog.ts';
import {
  type CustomerRow,
  catalogHeld,
  customerColumns,
  toCustomer,
} from '@qijian/db/queries/customer-row.ts';
import { recalculations } from '@qijian/db/schema/catalog.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { SYSTEM } from '@qijian/domain/contract/live-events.ts';
import { dayOf } from '@qijian/domain/rules/china-time.ts';
import { type CustomerState, stateForCompleteness } from '@qijian/domain/rules/customer-states.ts';
import { and, asc, eq, gt, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { changedItems, effectOf, recordChanges } from './change-customer.ts';
import { completenessColumns, completenessOf, type Facts, readFacts } from './completeness.ts';
import { readPortalViews, readTellable } from './portal-views.ts';

/** Milliseconds after midnight in China: what expired by then has been seen to, and nobody is at work. */
const NIGHT = { from: 3 * 3_600_000, to: 6 * 3_600_000 };

/**
 * For what changes without a command: the catalog and the time. Calculates under the rows' locks and stores what
 * differs; what people see of it is one event each. Answers which customers differed although nothing of that sort
 * explains it: nobody, unless a command forgot something. The time of the last change stays that of the last person's.
 */
export async function recalculateCustomers(tx: Tx, ids: string[]): Promise<{ drifted: string[] }> {
  const locked = await tx
    .select({ row: customers, catalog: catalogHeld })
    .from(customers)
    .where(and(inArray(customers.id, ids), isNull(customers.deletedAt)))
    .orderBy(asc(customers.id))
    .for('update', { of: customers });
  const facts = await readFacts(tx, ids);
  const judged = judge(
    facts,
    locked.map(({ row }) => row),
  ).filter((one) => one.isOutdated);
  if (judged.length === 0) return { drifted: [] };
  await tx.execute(sql`
    update customers c
    set completeness = v.completeness, pieces = v.pieces, missing = v.missing, has_returned = v."hasReturned",
        next_expiry_at = v."nextExpiryAt", status = v.status, version = c.version + v.step,
        revision = c.revision + v.step
    from jsonb_to_recordset(${JSON.stringify(
      judged.map(({ row, columns, status, isSeen }) => ({
        id: row.id,
        ...columns,
        status,
        step: isSeen ? 1 : 0,
      })),
    )}::text::jsonb) as v(id uuid, completeness jsonb, pieces jsonb, missing text[], "hasReturned" boolean,
      "nextExpiryAt" timestamptz, status text, step integer)
    where c.id = v.id`);
  await recordEach(
    tx,
    judged.filter((one) => one.isSeen),
    facts.catalog,
  );
  const now = Date.now();
  const drifted = judged.filter(({ row }) => !row.nextExpiryAt || row.nextExpiryAt.getTime() > now);
  return { drifted: drifted.map(({ row }) => row.id) };
}

/** Those of these customers whose stored completeness is not what the facts say now; locks nothing. */
export async function findOutdated(db: DbOrTx, ids: string[]): Promise<string[]> {
  const rows = await db
    .select()
    .from(customers)
    .where(and(inArray(customers.id, ids), isNull(customers.deletedAt)));
  return judge(await readFacts(db, ids), rows)
    .filter((one) => one.isOutdated)
    .map(({ row }) => row.id);
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

/** What is stored of each customer beside what the facts say. */
function judge(facts: Facts, rows: CustomerRow[]): Judged[] {
  return rows.map((row) => {
    const completeness = completenessOf(facts, row);
    const columns = completenessColumns(completeness);
    const status = stateForCompleteness(row.status, completeness);
    const isSeen = status !== row.status || !isDeepStrictEqual(seenOf(columns), seenOf(row));
    const isOutdated =
      isSeen ||
      row.nextExpiryAt?.getTime() !== columns.nextExpiryAt?.getTime() ||
      !isDeepStrictEqual(columns.completeness, row.completeness);
    return { row, columns, status, isOutdated, isSeen };
  });
}

/** What an event tells. Pages, reasons and days of expiry are stored without one. */
function seenOf({ completeness, pieces, missing }: Pick<CustomerRow, 'completeness' | 'pieces' | 'missing'>) {
  return [completeness.required, completeness.satisfied, pieces, missing];
}

/** One event and audit row for each customer as it is now. */
async function recordEach(tx: Tx, judged: Judged[], catalog: Catalog): Promise<void> {
  if (judged.length === 0) return;
  const ids = judged.map(({ row }) => row.id);
  const [rows, views] = await Promise.all([
    tx.select(customerColumns).from(customers).where(inArray(customers.id, ids)),
    readPortalViews(tx, ids),
  ]);
  const before = new Map(judged.map((one) => [one.row.id, one]));
  const changes = rows.map((selected) => {
    const { row, columns, status } = before.get(selected.row.id) as Judged;
    const data = { from: row.completeness.satisfied, to: columns.completeness.satisfied };
    return {
      row: selected.row,
      customer: toCustomer(selected),
      actor: SYSTEM,
      type: 'customer.completeness-changed' as const,
      data,
      items: changedItems(row, columns.completeness),
      effect: effectOf(row, columns.completeness, status),
      audit: data,
    };
  });
  const documents = await readTellable(tx, views);
  await recordChanges(tx, changes, { catalog, views, documents });
}

/** Customers with a document that has expired since, at most `limit`. */
export async function readExpired(db: Db, limit: number): Promise<string[]> {
  return idsOf(db, lte(customers.nextExpiryAt, sql`now()`), limit);
}

/** The next customers of a run over all, or over those that are not decided on, in id order after `cursor`. */
export async function readCustomerIds(
  db: Db,
  cursor: string | null,
  limit: number,
  { open }: { open: boolean },
): Promise<string[]> {
  const isOpen = open ? inArray(customers.status, ['pending', 'complete', 'reviewing']) : undefined;
  return idsOf(db, and(cursor ? gt(customers.id, cursor) : undefined, isOpen), limit);
}

async function idsOf(db: Db, where: SQL | undefined, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: customers.id })
    .from(customers)
    .where(and(isNull(customers.deletedAt), where))
    .orderBy(asc(customers.id))
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Begins the run of this night in China, once, where it is night. */
export async function beginNightlyRun(db: Db, now: number): Promise<void> {
  const night = dayOf(now);
  if (dayOf(now - NIGHT.from) !== night || dayOf(now - NIGHT.to) === night) return;
  await db.insert(recalculations).values({ id: uuidv7(), total: 0, night }).onConflictDoNothing();
}

export async function readRecalculation(db: DbOrTx, id: string) {
  const rows = await db.select().from(recalculations).where(eq(recalculations.id, id));
  return rows[0] ?? null;
}

/** Stores how far a run has come. */
export async function advanceRecalculation(
  tx: DbOrTx,
  id: string,
  set: { done: number; cursor: string | null; drift: number; finished: boolean },
): Promise<void> {
  const { finished, ...how } = set;
  await tx
    .update(recalculations)
    .set({
      ...how,
      total: sql`greatest(${recalculations.total}, ${set.done})`,
      ...(finished ? { finishedAt: sql`now()` } : {}),
    })
    .where(eq(recalculations.id, id));
}

/** The run to go on with: the newest after a change of the catalog, as it covers older ones, then the newest nightly one. */
export async function readUnfinishedRecalculation(db: Db): Promise<string | null> {
  const rows = await db.execute<{ id: string }>(sql`
    select id from (
      select distinct on (night is null) id, night, finished_at from recalculations
      order by night is null, started_at desc) newest
    where finished_at is null order by night is null desc limit 1`);
  return rows[0]?.id ?? null;
}
