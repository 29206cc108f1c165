import type { Customer, CustomerFacetsAnswer } from '@qijian/domain/contract/api/customers.ts';
import { maskIdNumber } from '@qijian/domain/rules/id-number.ts';
import { maskPhone } from '@qijian/domain/rules/phone.ts';
import type { Sql } from 'postgres';
import type { Db } from '../client.ts';
import {
  type FilterSql,
  type Fragment,
  filterSql,
  type ListFilter,
  type SortKey,
} from './customer-filter.ts';
import { person, type ReviewFacts, reviewFactsOf, reviewOf } from './customer-review.ts';

/** Where a page ended, and how many rows its list had. */
export interface ListMark {
  /** The sort value as text. */
  value: string;
  id: string;
  total: number;
  totalIsExact: boolean;
}
export interface ListPage {
  sort: SortKey;
  descending: boolean;
  /** Rows to pass over; 0 with a mark. */
  offset: number;
  size: number;
  /** The page goes on behind this row; it is not counted again. */
  after?: ListMark | undefined;
}

/** Numbers of rows at which one way of finding gives way to another. */
export const BOUNDS = {
  /** Counting stops here: an exact number beyond is not worth reading a million rows. */
  count: 1000,
  countSearch: 100,
  /** More than this for what was typed, and it is not rare. */
  typed: 2000,
  /** Rows that are walked in order before the index of terms is asked. */
  near: 3000,
  /** More than this for all terms, and a walk must find a page soon; never less than what is counted. */
  hits: 10_000,
};

export interface ListResult {
  items: Customer[];
  total: number;
  totalIsExact: boolean;
  /** Null on the last page. */
  next: ListMark | null;
  head: number;
  epoch: string;
}

/**
 * One page of customers, how many there are (up to a bound), and the head of `customers`: one statement, one snapshot.
 * Whatever the filter, few rows are read; each step is taken only if those before did not suffice:
 * `typed` looks up rare search terms; `near` walks an index that is in order already for a bounded number of rows, which
 * suffices for what is common; `hits` looks up all terms together; `far` walks on, as there are many rows to meet.
 */
export async function listCustomers(
  db: Db,
  filter: ListFilter,
  page: ListPage,
  bounds = BOUNDS,
): Promise<ListResult> {
  const sql = db.$client;
  const parts = filterSql(sql, filter, page.sort);
  const key = sortExpression(sql, page.sort);
  const direction = page.descending ? sql`desc` : sql`asc`;
  const order = sql`order by ${key} ${direction}, c.id ${direction}`;
  const isBehind = (row: Fragment) =>
    page.after
      ? sql`and ${row} ${page.descending ? sql`<` : sql`>`}
          (${page.after.value}${sortCast(sql, page.sort)}, ${page.after.id}::uuid)`
      : sql``;
  const behind = isBehind(sql`(${key}, c.id)`);
  const wanted = page.offset + page.size + 1;
  const countLimit = Math.max(filter.search ? bounds.countSearch : bounds.count, page.offset + page.size);
  const longest = page.after ? wanted : Math.max(wanted, countLimit + 1);
  const isWalked = parts.lookup ? sql`(select count(*) from typed) > ${bounds.typed}` : sql`true`;
  // Written out on the first page: of a bound it cannot see the planner expects a tenth of the table.
  const bound = (rows: number) => (page.offset === 0 ? literal(sql, rows) : sql`${rows}`);
  const residual = parts.residual ?? sql`true`;
  const [row] = await sql<
    { items: ListRow[] | null; counted: number; whole: boolean; head: string | null; epoch: string }[]
  >`
    with typed as materialized (
      select c.id, ${key} as k, (${parts.exact}) as ok from customers c
      where ${parts.lookup ?? sql`false`} ${filter.deleted ? sql`` : sql`limit ${bound(bounds.typed + 1)}`}
    ), near as materialized (
      select c.id, c.k from (
        select c.*, ${key} as k from customers c where ${parts.driver} ${behind} ${order}
        limit ${bound(parts.residual ? bounds.near + 3 * page.offset : longest)}
      ) c
      where ${residual} and ${isWalked} limit ${bound(longest)}
    ), hits as materialized (
      select c.id, ${key} as k from customers c
      where ${parts.byTerms} ${behind} and ${isWalked}
        and ${parts.residual !== null} and (select count(*) from near) < ${wanted}
      limit ${bound(bounds.hits + 1)}
    ), far as materialized (
      select c.id, ${key} as k from customers c
      where ${parts.exact} ${behind} and (select count(*) from hits) > ${bounds.hits}
      ${order} limit ${bound(wanted)}
    ), found as (
      select id, k from typed where ok and not ${isWalked} ${isBehind(sql`(k, id)`)}
      union all select id, k from near where (select count(*) from near) >= ${wanted} or ${parts.residual === null}
      union all select id, k from hits where (select count(*) from hits) <= ${bounds.hits}
      union all select id, k from far
    ), paged as (
      select id, k from found order by k ${direction}, id ${direction} limit ${bound(page.size + 1)} offset ${bound(page.offset)}
    )
    select
      (select json_agg(i order by i.k ${direction}, i.id ${direction}) from (
        select c.id, c.number, c.version, c.revision, c.name, c.phone, c.id_number, c.product, c.amount, c.term_months,
               c.branch, c.owner_id, c.due_at, c.note, c.status, c.pieces, c.missing, c.requested_types,
               c.excused_types, c.waived_types, c.claimed_by, c.claim_until, c.submitted_by, c.submitted_at, c.waiting_since,
               c.submissions, c.supplements, c.decision, c.first_approved_by, c.first_approved_at, c.created_by, c.updated_by, c.created_at, c.updated_at, c.deleted_at,
               (c.completeness->>'required')::int as required, (c.completeness->>'satisfied')::int as satisfied,
               (c.completeness->>'percent')::int as percent, p.k, p.k::text as sort_value,
               o.display_name as owner_name, m.display_name as creator_name, k.display_name as claimer_name,
               ${sql.unsafe(reviewFactsOf('c'))} as review
        from paged p
        join customers c on c.id = p.id
        left join users o on o.id = c.owner_id
        left join users m on m.id = c.created_by
        left join users k on k.id = c.claimed_by
      ) i) as items,
      (select count(*) from near) < ${wanted} and not exists (select 1 from far) as whole,
      ${
        page.after
          ? sql`0`
          : sql`case
              when exists (select 1 from far) then ${countLimit + 1}
              when ${parts.residual !== null} and (select count(*) from near) between ${wanted} and ${countLimit}
                then ${countFound(sql, parts, countLimit)}
              else (select count(*) from found)
            end::int`
      } as counted,
      (select seq from stream_head where stream = 'customers') as head,
      (select epoch from installation where id = 1) as epoch`;
  const all = row?.items ?? [];
  const rows = all.slice(0, page.size);
  const last = all.length > page.size ? rows.at(-1) : undefined;
  const counted = row?.counted ?? 0;
  const totalIsExact = page.after?.totalIsExact ?? (row?.whole === true || counted <= countLimit);
  const total = page.after?.total ?? (totalIsExact ? counted : countLimit);
  return {
    items: rows.map(toListed),
    total,
    totalIsExact,
    next: last ? { value: last.sort_value, id: last.id, total, totalIsExact } : null,
    head: Number(row?.head ?? 0),
    epoch: row?.epoch ?? '',
  };
}

/** How many customers match each filter, up to a bound; few rows are read, as for a page. */
export async function countCustomers(
  db: Db,
  filters: ListFilter[],
): Promise<{ count: number; isExact: boolean }[]> {
  if (filters.length === 0) return [];
  const sql = db.$client;
  const counts = filters.map((filter) => countOf(sql, filter, BOUNDS.count));
  const list = counts.reduce((all, count) => sql`${all}, ${count}`);
  const [row] = await sql<{ counts: number[] }[]>`select array[${list}]::int[] as counts`;
  return (row?.counts ?? []).map((counted) => ({
    count: Math.min(counted, BOUNDS.count),
    isExact: counted <= BOUNDS.count,
  }));
}

function countOf(sql: Sql, filter: ListFilter, limit: number): Fragment {
  const parts = filterSql(sql, filter, 'updatedAt');
  const found = countFound(sql, parts, limit);
  if (parts.lookup || !parts.countResidual) return found;
  return sql`(select case when walked.many > ${limit} then walked.many else ${found} end from (
    select count(*) as many from (
      select 1 from (select * from customers c where ${parts.countDriver} limit ${literal(sql, BOUNDS.near)}) c
      where ${parts.countResidual} limit ${literal(sql, limit + 1)}
    ) n) walked)`;
}

/** The count by an index that answers the whole filter, or else by the terms; not for what most rows match. */
function countFound(sql: Sql, parts: FilterSql, limit: number): Fragment {
  const where = parts.lookup
    ? sql`${parts.lookup} and ${parts.exact}`
    : parts.countResidual
      ? parts.byTerms
      : parts.countDriver;
  return sql`(select count(*) from (select 1 from customers c where ${where} limit ${literal(sql, limit + 1)}) n)`;
}

const literal = (sql: Sql, value: number) => sql.unsafe(String(value)) as unknown as Fragment;

/** Every branch that occurs, in order; at most 200. Steps from one value of the index to the next. */
export async function listBranches(db: Db): Promise<CustomerFacetsAnswer['branches']> {
  const rows = await db.$client<{ branch: string }[]>`
    with recursive step as (
      (select branch from customers where deleted_at is null and branch is not null order by branch limit 1)
      union all
      select (select c.branch from customers c
              where c.deleted_at is null and c.branch > step.branch order by c.branch limit 1)
      from step where step.branch is not null
    )
    select branch from step where branch is not null limit 200`;
  return rows.map((row) => row.branch);
}

function sortExpression(sql: Sql, key: SortKey): Fragment {
  switch (key) {
    case 'updatedAt':
      return sql`c.updated_at`;
    case 'createdAt':
      return sql`c.created_at`;
    case 'dueAt':
      return sql`coalesce(c.due_at, 'infinity')`;
    case 'number':
      return sql`c.number`;
  }
}

const sortCast = (sql: Sql, key: SortKey): Fragment =>
  key === 'number' ? sql`::text::int` : sql`::text::timestamptz`;

interface ListRow {
  id: string;
  number: number;
  version: number;
  revision: number;
  name: string;
  phone: string;
  id_number: string | null;
  product: string | null;
  amount: number | null;
  term_months: number | null;
  branch: string | null;
  owner_id: string | null;
  due_at: string | null;
  note: string;
  status: Customer['status'];
  pieces: Customer['pieces'];
  missing: string[];
  requested_types: Customer['requestedTypes'];
  excused_types: Customer['excusedTypes'];
  waived_types: string[];
  claimed_by: string | null;
  claim_until: string | null;
  submitted_by: string | null;
  submitted_at: string | null;
  waiting_since: string | null;
  submissions: number;
  decision: string | null;
  supplements: number;
  first_approved_by: string | null;
  first_approved_at: string | null;
  review: ReviewFacts | null;
  created_by: string;
  updated_by: string | null;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
  required: number;
  satisfied: number;
  percent: number;
  owner_name: string | null;
  creator_name: string;
  claimer_name: string | null;
  sort_value: string;
}

const date = (text: string | null) => (text === null ? null : new Date(text));
const moment = (text: string) => new Date(text).toISOString();

function toListed(row: ListRow): Customer {
  return {
    id: row.id,
    number: `QJ-${row.number}`,
    version: row.version,
    revision: row.revision,
    name: row.name,
    phone: maskPhone(row.phone),
    idNumber: row.id_number === null ? null : maskIdNumber(row.id_number),
    product: row.product,
    amount: row.amount,
    termMonths: row.term_months,
    branch: row.branch,
    owner: person(row.owner_id, row.owner_name),
    dueAt: row.due_at === null ? null : moment(row.due_at),
    note: row.note,
    status: row.status,
    completeness: { required: row.required, satisfied: row.satisfied, percent: row.percent },
    pieces: row.pieces,
    missing: row.missing,
    requestedTypes: row.requested_types,
    excusedTypes: row.excused_types,
    waivedTypes: row.waived_types,
    claimedBy: person(row.claimed_by, row.claimer_name),
    review:
      row.review &&
      reviewOf(
        {
          submittedBy: row.submitted_by,
          submittedAt: date(row.submitted_at),
          waitingSince: date(row.waiting_since),
          updatedAt: new Date(row.updated_at),
          submissions: row.submissions,
          supplements: row.supplements,
          claimUntil: date(row.claim_until),
          firstApprovedBy: row.first_approved_by,
          firstApprovedAt: date(row.first_approved_at),
        },
        row.review,
      ),
    decided: row.decision !== null,
    createdBy: { id: row.created_by, displayName: row.creator_name },
    updatedBy: row.updated_by,
    createdAt: moment(row.created_at),
    updatedAt: moment(row.updated_at),
    deletedAt: row.deleted_at === null ? null : moment(row.deleted_at),
  };
}
