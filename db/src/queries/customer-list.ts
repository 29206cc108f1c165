import type { CustomerFacetsAnswer } from '@qijian/domain/contract/api/customer-list.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Sql } from 'postgres';
import type { Db } from '../client.ts';
import {
  type FilterSql,
  type Fragment,
  filterSql,
  type ListFilter,
  type SortKey,
} from './customer-filter.ts';
import { type ReviewFacts, reviewFactsOf } from './customer-review.ts';
import { LISTED, ofJson, toCustomer } from './customer-row.ts';

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
 * One page of customers, how many there are (up to a bound), and the head of `customers`: one snapshot. Whatever the
 * filter, few rows are read. What is rare is looked up; where that is too much, or nothing rare is asked for, the list is
 * walked.
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
  const isBehind = (row: Fragment) =>
    page.after
      ? sql`and ${row} ${page.descending ? sql`<` : sql`>`}
          (${page.after.value}${sortCast(sql, page.sort)}, ${page.after.id}::uuid)`
      : sql``;
  const wanted = page.offset + page.size + 1;
  const countLimit = Math.max(filter.search ? bounds.countSearch : bounds.count, page.offset + page.size);
  // Inlined on the first page: for a bound parameter the planner assumes a tenth of the table.
  const bound = (rows: number) => (page.offset === 0 ? literal(sql, rows) : sql`${rows}`);

  /** All rows by what is rare in the filter; they suffice if there are not too many. */
  function lookUp(lookup: Fragment): Ways {
    const suffices = sql`(select count(*) from typed) <= ${bounds.typed}`;
    return {
      steps: sql`
        typed as materialized (
          select c.id, ${key} as k, (${parts.exact}) as ok from customers c
          where ${lookup} ${filter.deleted ? sql`` : sql`limit ${bound(bounds.typed + 1)}`}
        ), found as (
          select id, k from typed where ok and ${suffices} ${isBehind(sql`(k, id)`)}
        )`,
      counted: sql`(select count(*) from found)`,
      whole: suffices,
    };
  }

  /**
   * Each step is taken only if those before did not suffice: `near` walks an index that is in order already for a bounded
   * number of rows, which suffices for what is common; `hits` looks up all terms together; `far` walks on, as there are
   * many rows to meet.
   */
  function walk(): Ways {
    const behind = isBehind(sql`(${key}, c.id)`);
    const order = sql`order by ${key} ${direction}, c.id ${direction}`;
    const longest = page.after ? wanted : Math.max(wanted, countLimit + 1);
    const near = sql`(
      select c.*, ${key} as k from customers c where ${parts.driver} ${behind} ${order}
      limit ${bound(parts.residual ? bounds.near + 3 * page.offset : longest)}
    ) c`;
    // The index covers the whole filter, so its first rows are the page.
    if (!parts.residual)
      return {
        steps: sql`found as materialized (select c.id, c.k from ${near} limit ${bound(longest)})`,
        counted: sql`(select count(*) from found)`,
        whole: sql`(select count(*) from found) < ${wanted}`,
      };
    const reached = sql`(select count(*) from near)`;
    return {
      steps: sql`
        near as materialized (
          select c.id, c.k from ${near} where ${parts.residual}
          order by c.k ${direction}, c.id ${direction} limit ${bound(longest)}
        ), hits as materialized (
          select c.id, ${key} as k from customers c
          where ${parts.byTerms} ${behind} and ${reached} < ${wanted}
          limit ${bound(bounds.hits + 1)}
        ), far as materialized (
          select c.id, ${key} as k from customers c
          where ${parts.exact} ${behind} and (select count(*) from hits) > ${bounds.hits}
          ${order} limit ${bound(wanted)}
        ), found as (
          select id, k from near where ${reached} >= ${wanted}
          union all select id, k from hits where (select count(*) from hits) <= ${bounds.hits}
          union all select id, k from far
        )`,
      counted: sql`case
        when exists (select 1 from far) then ${countLimit + 1}
        when ${reached} between ${wanted} and ${countLimit} then ${countFound(sql, parts, countLimit)}
        else (select count(*) from found)
      end`,
      whole: sql`${reached} < ${wanted} and not exists (select 1 from far)`,
    };
  }

  const read = async ({ steps, counted, whole }: Ways): Promise<Read> => {
    const [row] = await sql<Read[]>`
      with ${steps}, paged as (
        select id, k from found order by k ${direction}, id ${direction}
        limit ${bound(page.size + 1)} offset ${bound(page.offset)}
      )
      select
        (select json_agg(i order by i.k ${direction}, i.id ${direction}) from (
          select ${literal(sql, LISTED)}, p.k, p.k::text as sort_value,
                 o.display_name as owner_name, m.display_name as creator_name, k.display_name as claimer_name,
                 ${literal(sql, reviewFactsOf('c'))} as review
          from paged p
          join customers c on c.id = p.id
          left join users o on o.id = c.owner_id
          left join users m on m.id = c.created_by
          left join users k on k.id = c.claimed_by
        ) i) as items,
        ${whole} as whole,
        ${page.after ? sql`0` : sql`(${counted})::int`} as counted,
        (select seq from stream_head where stream = 'customers') as head,
        (select epoch from installation where id = 1) as epoch`;
    return row as Read;
  };
  const looked = parts.lookup && (await read(lookUp(parts.lookup)));
  const { items: all, whole, counted, head, epoch } = looked?.whole ? looked : await read(walk());
  const rows = (all ?? []).slice(0, page.size);
  const last = all && all.length > page.size ? rows.at(-1) : undefined;
  const totalIsExact = page.after?.totalIsExact ?? (whole || counted <= countLimit);
  const total = page.after?.total ?? (totalIsExact ? counted : countLimit);
  return {
    items: rows.map((row) =>
      toCustomer({
        row: ofJson(row),
        ownerName: row.owner_name,
        creatorName: row.creator_name,
        claimerName: row.claimer_name,
        review: row.review,
      }),
    ),
    total,
    totalIsExact,
    next: last ? { value: last.sort_value, id: last.id, total, totalIsExact } : null,
    head: Number(head ?? 0),
    epoch,
  };
}

/** How a page is found: the steps that end in `found`, how many rows there are, and whether they are all that match. */
interface Ways {
  steps: Fragment;
  counted: Fragment;
  whole: Fragment;
}

interface Read {
  items: ListRow[] | null;
  whole: boolean;
  counted: number;
  head: string | null;
  epoch: string;
}

/** A row of `LISTED` as JSON, and what is read beside it. */
interface ListRow extends Record<string, unknown> {
  id: string;
  sort_value: string;
  owner_name: string | null;
  creator_name: string;
  claimer_name: string | null;
  review: ReviewFacts | null;
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

/** Part of the text of a statement. */
const literal = (sql: Sql, text: string | number) => sql.unsafe(String(text)) as unknown as Fragment;

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
