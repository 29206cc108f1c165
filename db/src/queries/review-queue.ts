import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { and, desc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { customers, type DECISIONS } from '../schema/customers.ts';
import { users } from '../schema/users.ts';
import { customerColumns, toCustomer } from './customer-row.ts';

/** What of the queue is wanted; absent means all. */
export interface QueueWish {
  claimedBy?: string | undefined;
  unclaimed?: boolean | undefined;
  /** Waiting for at least, and for less than, so many milliseconds. */
  waitedFrom?: number | undefined;
  waitedUnder?: number | undefined;
  resubmitted?: boolean | undefined;
  products?: string[] | undefined;
  branches?: string[] | undefined;
  submittedBy?: string[] | undefined;
}
/** `value` is a moment as Postgres writes it. */
export interface QueueMark {
  value: string;
  id: string;
}
export interface QueuePage {
  sort: 'waiting_since' | 'submitted_at';
  descending: boolean;
  offset: number;
  size: number;
  after?: QueueMark | undefined;
}

const IN_QUEUE = sql`c.status = 'reviewing' and c.deleted_at is null`;
/** Whether somebody has it now; a claim that has run out is none. */
const HELD = sql`(c.claimed_by is not null and coalesce(c.claim_until > now(), false))`;

function wishSql(wish: QueueWish): SQL {
  const parts = [sql`true`];
  if (wish.claimedBy) parts.push(sql`${HELD} and c.claimed_by = ${wish.claimedBy}::uuid`);
  if (wish.unclaimed) parts.push(sql`not ${HELD}`);
  if (wish.waitedFrom !== undefined) parts.push(sql`c.waiting_since <= ${before(wish.waitedFrom)}`);
  if (wish.waitedUnder !== undefined) parts.push(sql`c.waiting_since > ${before(wish.waitedUnder)}`);
  if (wish.resubmitted !== undefined) parts.push(sql`(c.submissions > 1) = ${wish.resubmitted}`);
  if (wish.products) parts.push(sql`c.product = any(${list(wish.products)}::text[])`);
  if (wish.branches) parts.push(sql`c.branch = any(${list(wish.branches)}::text[])`);
  if (wish.submittedBy) parts.push(sql`c.submitted_by = any(${list(wish.submittedBy)}::uuid[])`);
  return sql.join(parts, sql` and `);
}

const before = (milliseconds: number) => sql`now() - ${milliseconds}::float8 * interval '1 millisecond'`;
const list = (values: string[]) =>
  sql`array[${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )}]`;

/** The statement of a page: an index that is in order already is walked until the page is full. */
function queuePageSql(wish: QueueWish, page: QueuePage): SQL {
  const key = sql.raw(`c.${page.sort}`);
  const direction = sql.raw(page.descending ? 'desc' : 'asc');
  const behind = page.after
    ? sql`and (${key}, c.id) ${sql.raw(page.descending ? '<' : '>')}
        (${page.after.value}::timestamptz, ${page.after.id}::uuid)`
    : sql``;
  return sql`
    select c.id, ${key}::text as value, ${HELD} as held from customers c
    where ${IN_QUEUE} and ${wishSql(wish)} ${behind}
    order by ${key} ${direction}, c.id ${direction} limit ${page.size + 1} offset ${page.offset}`;
}

/** One page of the files that are with the auditors; who let a claim run out has none. Read it in a snapshot. */
export async function listQueue(
  db: DbOrTx,
  wish: QueueWish,
  page: QueuePage,
): Promise<{ items: Customer[]; next: QueueMark | null }> {
  const found = await db.execute<{ id: string; value: string; held: boolean }>(queuePageSql(wish, page));
  const rows = [...found].slice(0, page.size);
  const known = await readCustomers(
    db,
    rows.map((row) => row.id),
  );
  const items = rows.flatMap((row) => {
    const customer = known.get(row.id);
    if (!customer) return [];
    return [row.held ? customer : { ...customer, claimedBy: null }];
  });
  const last = found.length > page.size ? rows.at(-1) : undefined;
  return { items, next: last ? { value: last.value, id: last.id } : null };
}

/** The figures of the whole queue, and how many files are wanted; by the index of what is waiting. */
function queueCountsSql(wish: QueueWish, of: { userId: string; nearAfterMs: number; limitMs: number }): SQL {
  const waited = (milliseconds: number) => sql`c.waiting_since <= ${before(milliseconds)}`;
  return sql`
    select count(*)::int as "all", count(*) filter (where ${HELD})::int as claimed,
      count(*) filter (where ${HELD} and c.claimed_by = ${of.userId}::uuid)::int as mine,
      count(*) filter (where ${waited(of.limitMs)})::int as overdue,
      count(*) filter (where ${waited(of.nearAfterMs)} and not ${waited(of.limitMs)})::int as near,
      count(*) filter (where c.submissions > 1)::int as resubmitted,
      count(*) filter (where ${wishSql(wish)})::int as wanted,
      coalesce(avg(extract(epoch from now() - c.waiting_since)) * 1000, 0)::float8 as average,
      (extract(epoch from now()) * 1000)::float8 as now
    from customers c where ${IN_QUEUE}`;
}

export interface QueueCounts extends Record<string, number> {
  all: number;
  claimed: number;
  mine: number;
  overdue: number;
  near: number;
  resubmitted: number;
  wanted: number;
  /** Milliseconds. */
  average: number;
  now: number;
}

export async function countQueue(
  db: DbOrTx,
  wish: QueueWish,
  of: { userId: string; nearAfterMs: number; limitMs: number },
): Promise<QueueCounts> {
  const rows = await db.execute<QueueCounts>(queueCountsSql(wish, of));
  return rows[0] as QueueCounts;
}

/** Midnight in China, where the branches are. */
const TODAY = sql`date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'`;

function doneToday(decidedBy?: string): SQL | undefined {
  return and(
    sql`${customers.decidedAt} >= ${TODAY}`,
    isNull(customers.deletedAt),
    decidedBy ? eq(customers.decidedBy, decidedBy) : undefined,
  );
}

export interface Done {
  customer: Customer;
  decision: (typeof DECISIONS)[number];
  decidedBy: { id: string; displayName: string };
  decidedAt: string;
}

/** Files with a decision of today, the last one first. */
export async function listDoneToday(
  db: DbOrTx,
  wish: { decidedBy?: string | undefined; after?: QueueMark | undefined; size: number },
): Promise<{ items: Done[]; next: QueueMark | null }> {
  const found = await db
    .select({
      id: customers.id,
      value: sql<string>`${customers.decidedAt}::text`,
      decidedAt: customers.decidedAt,
      decision: customers.decision,
      by: { id: users.id, displayName: users.displayName },
    })
    .from(customers)
    .innerJoin(users, eq(users.id, customers.decidedBy))
    .where(
      and(
        doneToday(wish.decidedBy),
        wish.after
          ? sql`(${customers.decidedAt}, ${customers.id}) < (${wish.after.value}::timestamptz, ${wish.after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(desc(customers.decidedAt), desc(customers.id))
    .limit(wish.size + 1);
  const rows = found.slice(0, wish.size);
  const known = await readCustomers(
    db,
    rows.map((row) => row.id),
  );
  const items = rows.flatMap((row): Done[] => {
    const customer = known.get(row.id);
    if (!customer || !row.decision || !row.decidedAt) return [];
    return [{ customer, decision: row.decision, decidedBy: row.by, decidedAt: row.decidedAt.toISOString() }];
  });
  const last = found.length > wish.size ? rows.at(-1) : undefined;
  return { items, next: last ? { value: last.value, id: last.id } : null };
}

export async function countDoneToday(db: DbOrTx, decidedBy?: string): Promise<number> {
  const rows = await db
    .select({ many: sql<number>`count(*)::int` })
    .from(customers)
    .where(doneToday(decidedBy));
  return rows[0]?.many ?? 0;
}

async function readCustomers(db: DbOrTx, ids: string[]): Promise<Map<string, Customer>> {
  if (ids.length === 0) return new Map();
  const rows = await db.select(customerColumns).from(customers).where(inArray(customers.id, ids));
  return new Map(rows.map((selected) => [selected.row.id, toCustomer(selected)]));
}

/**
 * Locks the longest waiting file that this user may decide on and nobody has, passing over those that somebody else is
 * taking at this moment; null when there is none.
 */
export async function lockNext(tx: Tx, userId: string): Promise<string | null> {
  const rows = await tx.execute<{ id: string }>(sql`
    select c.id from customers c
    where c.status = 'reviewing' and c.deleted_at is null
      and (c.claimed_by is null or coalesce(c.claim_until, '-infinity') <= clock_timestamp())
      and c.first_approved_by is distinct from ${userId}::uuid
      and not exists (
        select from documents d where d.customer_id = c.id and d.uploaded_by = ${userId}::uuid
          and d.deleted_at is null)
    order by c.waiting_since, c.id limit 1
    for update of c skip locked`);
  return rows[0]?.id ?? null;
}
