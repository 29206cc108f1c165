import type { Customer, CustomerFacetsAnswer } from '@qijian/domain/contract/api/customers.ts';
import { maskIdNumber } from '@qijian/domain/rules/id-number.ts';
import { maskPhone } from '@qijian/domain/rules/phone.ts';
import { querySearchTerms } from '@qijian/domain/rules/search-terms.ts';
import type { PendingQuery, Row, Sql } from 'postgres';
import type { Db } from '../client.ts';

/** What a list shows; every part narrows it. Dates are moments, `owners` may hold null for "nobody". */
export interface ListFilter {
  search?: string | undefined;
  statuses?: string[] | undefined;
  products?: string[] | undefined;
  branches?: string[] | undefined;
  owners?: (string | null)[] | undefined;
  missing?: string | undefined;
  onlyMissing?: boolean | undefined;
  returned?: boolean | undefined;
  updatedSince?: Date | undefined;
  dueBefore?: Date | undefined;
  deleted?: boolean | undefined;
}

export const SORT_KEYS = ['updatedAt', 'createdAt', 'dueAt', 'number'] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export interface ListPage {
  sort: SortKey;
  descending: boolean;
  /** Rows to pass over; 0 with a cursor. */
  offset: number;
  size: number;
  /** Sort value and id of the last row of the page before. */
  after?: { value: string; id: string } | undefined;
}

/** Counting stops here: an exact number beyond is not worth reading a million rows. */
const COUNT_LIMIT = 1000;
const COUNT_LIMIT_SEARCH = 200;

export interface ListResult {
  items: Customer[];
  total: number;
  totalIsExact: boolean;
  /** Sort value and id of the last row, when there are more. */
  next: { value: string; id: string } | null;
  head: number;
  epoch: string;
}

/** One page of customers, how many there are (up to a bound), and the head of `customers`: one statement, one snapshot. */
export async function listCustomers(db: Db, filter: ListFilter, page: ListPage): Promise<ListResult> {
  const sql = db.$client;
  const where = conditions(sql, filter);
  const key = sortExpression(sql, page.sort);
  const direction = page.descending ? sql`desc` : sql`asc`;
  const after = page.after
    ? page.descending
      ? sql`and (${key}, c.id) < (${page.after.value}${sortCast(sql, page.sort)}, ${page.after.id}::uuid)`
      : sql`and (${key}, c.id) > (${page.after.value}${sortCast(sql, page.sort)}, ${page.after.id}::uuid)`
    : sql``;
  const limit = Math.max(filter.search ? COUNT_LIMIT_SEARCH : COUNT_LIMIT, page.offset + page.size);
  const [row] = await sql<{ items: ListRow[]; total: string; head: string | null; epoch: string }[]>`
    select
      (select coalesce(json_agg(i order by i.position), '[]') from (
        select p.*, o.display_name as owner_name, m.display_name as creator_name, k.display_name as claimer_name
        from (
          select c.id, c.number, c.version, c.name, c.phone, c.id_number, c.product, c.amount, c.term_months,
                 c.branch, c.owner_id, c.due_at, c.note, c.status, c.pieces, c.missing, c.requested_types,
                 c.waived_types, c.claimed_by, c.created_by, c.updated_by, c.created_at, c.updated_at, c.deleted_at,
                 (c.completeness->>'required')::int as required, (c.completeness->>'satisfied')::int as satisfied,
                 (c.completeness->>'percent')::int as percent, (${key})::text as sort_value,
                 row_number() over (order by ${key} ${direction}, c.id ${direction}) as position
          from customers c
          where ${where} ${after}
          order by ${key} ${direction}, c.id ${direction}
          limit ${page.size + 1} offset ${page.offset}
        ) p
        left join users o on o.id = p.owner_id
        left join users m on m.id = p.created_by
        left join users k on k.id = p.claimed_by
      ) i) as items,
      (select count(*) from (select 1 from customers c where ${where} limit ${limit + 1}) n) as total,
      (select seq from stream_head where stream = 'customers') as head,
      (select epoch from installation where id = 1) as epoch`;
  const rows = row?.items.slice(0, page.size) ?? [];
  const last = (row?.items.length ?? 0) > page.size ? rows.at(-1) : undefined;
  const counted = Number(row?.total ?? 0);
  return {
    items: rows.map(toListed),
    total: Math.min(counted, limit),
    totalIsExact: counted <= limit,
    next: last ? { value: last.sort_value, id: last.id } : null,
    head: Number(row?.head ?? 0),
    epoch: row?.epoch ?? '',
  };
}

/** How many customers match, up to a bound. */
export async function countCustomers(
  db: Db,
  filters: ListFilter[],
): Promise<{ count: number; isExact: boolean }[]> {
  if (filters.length === 0) return [];
  const sql = db.$client;
  const counts = filters.map(
    (filter) =>
      sql`(select count(*) from (select 1 from customers c where ${conditions(sql, filter)} limit ${COUNT_LIMIT + 1}) n)`,
  );
  const list = counts.reduce((all, count) => sql`${all}, ${count}`);
  const [row] = await sql<{ counts: string[] }[]>`select array[${list}]::text[] as counts`;
  return (row?.counts ?? []).map((text) => ({
    count: Math.min(Number(text), COUNT_LIMIT),
    isExact: Number(text) <= COUNT_LIMIT,
  }));
}

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

type Fragment = PendingQuery<Row[]>;

function conditions(sql: Sql, filter: ListFilter): Fragment {
  const all: Fragment[] = [filter.deleted ? sql`c.deleted_at is not null` : sql`c.deleted_at is null`];
  if (filter.search !== undefined) {
    const terms = querySearchTerms(filter.search);
    all.push(terms.length > 0 ? sql`c.search_terms @> ${terms}::text[]` : sql`false`);
    for (const word of longWords(filter.search)) all.push(sql`lower(c.name) like ${`%${word}%`}`);
  }
  if (filter.statuses) all.push(anyOf(sql, sql`c.status`, filter.statuses));
  if (filter.products) all.push(anyOf(sql, sql`c.product`, filter.products));
  if (filter.branches) all.push(anyOf(sql, sql`c.branch`, filter.branches));
  if (filter.owners) {
    const ids = filter.owners.filter((id) => id !== null);
    const nobody = filter.owners.includes(null);
    const some = ids.length > 0 ? anyOf(sql, sql`c.owner_id`, ids, 'uuid') : sql`false`;
    all.push(nobody ? sql`(${some} or c.owner_id is null)` : some);
  }
  if (filter.missing) {
    all.push(
      filter.onlyMissing
        ? sql`c.missing = ${[filter.missing]}::text[]`
        : sql`c.missing @> ${[filter.missing]}::text[]`,
    );
  }
  if (filter.returned) all.push(sql`c.has_returned`);
  if (filter.updatedSince)
    all.push(sql`c.updated_at >= ${filter.updatedSince.toISOString()}::text::timestamptz`);
  if (filter.dueBefore)
    all.push(sql`coalesce(c.due_at, 'infinity') < ${filter.dueBefore.toISOString()}::text::timestamptz`);
  return all.reduce((left, right) => sql`${left} and ${right}`);
}

/** One value as an equality, so that an index ordered behind it can be walked. */
function anyOf(sql: Sql, column: Fragment, values: string[], type: 'text' | 'uuid' = 'text'): Fragment {
  return values.length === 1
    ? sql`${column} = ${values[0] as string}${type === 'uuid' ? sql`::uuid` : sql`::text`}`
    : sql`${column} = any(${values}${type === 'uuid' ? sql`::uuid[]` : sql`::text[]`})`;
}

/** Words whose pairs of characters could also stand apart; they are checked as a whole. */
function longWords(search: string): string[] {
  return search
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => [...word].length > 2 && !/^(qj-?)?[\dx]+$/.test(word))
    .map((word) => word.replace(/[\\%_]/g, '\\$&'));
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
  waived_types: string[];
  claimed_by: string | null;
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

const moment = (text: string) => new Date(text).toISOString();

function toListed(row: ListRow): Customer {
  const person = (id: string | null, displayName: string | null) =>
    id ? { id, displayName: displayName ?? '' } : null;
  return {
    id: row.id,
    number: `QJ-${row.number}`,
    version: row.version,
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
    waivedTypes: row.waived_types,
    claimedBy: person(row.claimed_by, row.claimer_name),
    createdBy: { id: row.created_by, displayName: row.creator_name },
    updatedBy: row.updated_by,
    createdAt: moment(row.created_at),
    updatedAt: moment(row.updated_at),
    deletedAt: row.deleted_at === null ? null : moment(row.deleted_at),
  };
}
