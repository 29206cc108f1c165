import { NAME_DOTS, readSearch } from '@qijian/domain/rules/search-terms.ts';
import type { PendingQuery, Row, Sql } from 'postgres';
import { FIND_TERMS } from '../schema/customers.ts';

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
  /** What waits for this person; see `todoCustomers`. */
  todo?: { userId: string; dueBefore: Date } | undefined;
  updatedSince?: Date | undefined;
  dueBefore?: Date | undefined;
  deleted?: boolean | undefined;
}

export const SORT_KEYS = ['updatedAt', 'createdAt', 'dueAt', 'number'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export type Fragment = PendingQuery<Row[]>;

/** A filter in the three forms that the statements are made of; `c` is the customer. */
export interface FilterSql {
  /** The filter itself. */
  exact: Fragment;
  /** As `exact`, and in such a form that the index of terms finds the rows; `exact` where no term is known. */
  byTerms: Fragment;
  /** Finds all rows and more by what is rare alone: pairs of characters and tails of numbers that were typed; what waits. */
  lookup: Fragment | null;
  /** The part that one index ordered by the time of the last change answers, and what it leaves to be checked. */
  driver: Fragment;
  residual: Fragment | null;
  /** The same for an index that need not be ordered, for counting. */
  countDriver: Fragment;
  countResidual: Fragment | null;
}

type Part = {
  kind:
    | 'search'
    | 'status'
    | 'product'
    | 'branch'
    | 'owner'
    | 'missing'
    | 'returned'
    | 'todo'
    | 'updated'
    | 'due';
  exact: Fragment;
  /** Terms a row must all have; terms of which it must have one. */
  all?: string[];
  any?: string[];
  /** Answered by an index that is ordered by the time of the last change behind it. */
  isDriver?: boolean;
};

/** Which index to walk when several could be: the one that usually leaves the fewest rows. */
const DRIVERS: Part['kind'][] = ['owner', 'returned', 'branch', 'status', 'product'];

/** Takes a filter apart for `listCustomers` and `countCustomers`. */
export function filterSql(sql: Sql, filter: ListFilter, sort: SortKey): FilterSql {
  const parts = partsOf(sql, filter);
  const live = filter.deleted ? sql`c.deleted_at is not null` : sql`c.deleted_at is null`;
  const terms = parts.flatMap((part) => part.all ?? []);
  const choices = parts.flatMap((part) => (part.any ? [sql`${FIND(sql)} && ${texts(sql, part.any)}`] : []));
  const exact = join(sql, [live, ...parts.map((part) => part.exact)]);
  const termed = parts.filter((part) => part.all || part.any);
  // A single column has its own index; terms serve searches, missing types and intersections.
  const needsTerms =
    termed.length > 1 || termed.some((part) => part.kind === 'search' || part.kind === 'missing');
  const found = [...(terms.length > 0 ? [sql`${FIND(sql)} @> ${texts(sql, terms)}`] : []), ...choices];
  const driven = sort === 'updatedAt' ? DRIVERS.flatMap((kind) => driverOf(parts, kind)) : [];
  const driver = driven.slice(0, 1);
  const ranges = sort === 'updatedAt' ? parts.filter((part) => part.kind === 'updated') : [];
  const due = parts.filter((part) => part.kind === 'due');
  const counting =
    due.length > 0
      ? [...due, ...parts.filter((part) => part.kind === 'status' && isOpen(filter.statuses))]
      : [
          ...DRIVERS.flatMap((kind) => parts.filter((part) => part.kind === kind)).slice(0, 1),
          ...parts.filter((part) => part.kind === 'updated'),
        ];
  const rest = (taken: Part[]) => parts.filter((part) => !taken.includes(part));
  const check = (left: Part[]) =>
    left.length === 0
      ? null
      : join(
          sql,
          left.map((part) => part.exact),
        );
  const driving = [...driver, ...ranges];
  const typed = parts.flatMap((part) => (part.kind === 'search' ? (part.all ?? []) : []));
  const isRare = typed.some((term) => [...term].length > 1);
  const todo = parts.find((part) => part.kind === 'todo');
  const rare = todo?.exact ?? (isRare ? sql`${FIND(sql)} @> ${texts(sql, typed)}` : null);
  return {
    exact,
    byTerms: needsTerms ? join(sql, [exact, ...found]) : exact,
    lookup: filter.deleted ? live : rare && sql`${live} and ${rare}`,
    driver: join(sql, [live, ...driving.map((part) => part.exact)]),
    residual: check(rest(driving)),
    countDriver: join(sql, [live, ...counting.map((part) => part.exact)]),
    countResidual: check(rest(counting)),
  };
}

const driverOf = (parts: Part[], kind: Part['kind']) =>
  parts.filter((part) => part.kind === kind && part.isDriver);

const isOpen = (statuses: string[] | undefined) =>
  statuses?.every((status) => status === 'pending' || status === 'complete') === true;

/**
 * A value that the planner does not look at: the statement is made so that one plan is right for all values, and as no
 * other promises more it is kept instead of being made anew (1.5 ms) for every request.
 */
const texts = (sql: Sql, values: string[]) => sql`(select ${values}::text[])`;

/** The expression of the index of terms, for the row `c`. */
const FIND = (sql: Sql) => sql.unsafe(FIND_TERMS) as unknown as Fragment;

function partsOf(sql: Sql, filter: ListFilter): Part[] {
  const parts: Part[] = [];
  if (filter.search !== undefined) {
    const { terms, words: whole } = readSearch(filter.search);
    const words = whole.map((word) => sql`${FOLDED_NAME(sql)} like ${likePart(word)}::text`);
    parts.push({
      kind: 'search',
      exact:
        terms.length === 0 ? sql`false` : join(sql, [sql`c.search_terms @> ${texts(sql, terms)}`, ...words]),
      all: terms,
    });
  }
  if (filter.statuses) {
    // Written out, so that plans and partial indexes are chosen for these states.
    const known = filter.statuses.filter((status) => /^[a-z]+$/.test(status));
    const list = sql.unsafe(known.map((status) => `'${status}'`).join(', ')) as unknown as Fragment;
    parts.push({
      kind: 'status',
      exact: known.length === 0 ? sql`false` : sql`c.status in (${list})`,
      ...termsOf('status', known),
    });
  }
  if (filter.products) parts.push(equality(sql, 'product', sql`c.product`, filter.products));
  if (filter.branches) parts.push(equality(sql, 'branch', sql`c.branch`, filter.branches));
  if (filter.owners) parts.push(owners(sql, filter.owners));
  if (filter.missing) {
    const lacks = sql`c.missing @> ${texts(sql, [filter.missing])}`;
    parts.push({
      kind: 'missing',
      exact: filter.onlyMissing ? sql`${lacks} and cardinality(c.missing) = 1` : lacks,
      all: filter.onlyMissing ? [`only:${filter.missing}`] : [filter.missing],
    });
  }
  if (filter.returned)
    parts.push({ kind: 'returned', exact: sql`c.has_returned`, all: ['returned:'], isDriver: true });
  if (filter.todo) parts.push({ kind: 'todo', exact: sql`c.id in (${todoCustomers(sql, filter.todo)})` });
  if (filter.updatedSince)
    parts.push({
      kind: 'updated',
      exact: sql`c.updated_at >= ${moment(filter.updatedSince)}::text::timestamptz`,
    });
  if (filter.dueBefore) {
    // Both forms: one matches the partial index of open files, the other the full index.
    const before = moment(filter.dueBefore);
    parts.push({
      kind: 'due',
      exact: sql`c.due_at is not null and c.due_at < ${before}::text::timestamptz
        and coalesce(c.due_at, 'infinity') < ${before}::text::timestamptz`,
    });
  }
  return parts;
}

/**
 * Customers that wait for somebody: their own that are complete, returned or due, and those where a colleague wrote to
 * them or asked for the file and they have not read it. Each part is answered by an index of its own.
 */
function todoCustomers(sql: Sql, { userId, dueBefore }: NonNullable<ListFilter['todo']>): Fragment {
  const own = sql`select t.id from customers t where t.deleted_at is null and t.owner_id = (select ${userId}::uuid)`;
  return sql`${own} and (t.status = 'complete'
      or (t.status = 'pending' and (t.has_returned or t.requested_types <> '[]')))
    union ${own} and t.due_at is not null and t.status in ('pending', 'complete')
      and t.due_at < ${moment(dueBefore)}::text::timestamptz
    union select n.customer_id from notifications n
      where n.user_id = (select ${userId}::uuid) and n.read_at is null and n.kind in ('mention', 'claim-requested')`;
}

function equality(sql: Sql, kind: 'product' | 'branch', column: Fragment, values: string[]): Part {
  const exact =
    values.length === 1
      ? sql`${column} = (select ${values[0] as string}::text)`
      : sql`${column} = any(${texts(sql, values)}::text[])`;
  return { kind, exact, ...termsOf(kind, values) };
}

function owners(sql: Sql, wanted: (string | null)[]): Part {
  const ids = wanted.filter((id) => id !== null);
  const one =
    ids.length === 1
      ? sql`c.owner_id = (select ${ids[0] as string}::uuid)`
      : sql`c.owner_id = any((select ${ids}::uuid[])::uuid[])`;
  const { all, any } = termsOf(
    'owner',
    wanted.map((id) => id ?? ''),
  );
  if (!wanted.includes(null)) return { kind: 'owner', exact: one, ...termsOf('owner', ids) };
  const exact = ids.length === 0 ? sql`c.owner_id is null` : sql`(${one} or c.owner_id is null)`;
  return { kind: 'owner', exact, ...(all ? { all } : {}), ...(any ? { any } : {}) };
}

function termsOf(kind: string, values: string[]): Pick<Part, 'all' | 'any' | 'isDriver'> {
  const terms = values.map((value) => `${kind}:${value}`);
  return terms.length === 1 ? { all: terms, isDriver: true } : { any: terms };
}

/** A name as `foldName` compares it; names stored before that rule may hold characters that cannot be seen. */
const FOLDED_NAME = (sql: Sql) =>
  sql`translate(lower(normalize(c.name, NFKC)), ${`${NAME_DOTS}\u200b\u200c\u200d\u2060\ufeff\u00ad`}::text, '')`;

const likePart = (word: string) => `%${word.replace(/[\\%_]/g, '\\$&')}%`;

const join = (sql: Sql, conditions: Fragment[]): Fragment =>
  conditions.reduce((left, right) => sql`${left} and ${right}`);

const moment = (date: Date) => date.toISOString();
