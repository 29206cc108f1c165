import type { Db } from '@qijian/db/client.ts';
import { type ListFilter, SORT_KEYS, type SortKey } from '@qijian/db/queries/customer-filter.ts';
import {
  countCustomers,
  type ListMark,
  listBranches,
  listCustomers,
} from '@qijian/db/queries/customer-list.ts';
import type {
  CustomerFacetsAnswer,
  CustomerListAnswer,
  CustomerListFilter,
} from '@qijian/domain/contract/api/customer-list.ts';
import { CUSTOMERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import { endOfDay } from '@qijian/domain/rules/china-time.ts';
import { CUSTOMER_STATES } from '@qijian/domain/rules/customer-states.ts';
import { LIST_DEEPEST_ROW, LIST_PAGE_SIZE } from '@qijian/domain/rules/list-address.ts';
import { decodeCursor, encodeCursor, foreignCursor, isId, isMoment } from '../../http/cursors.ts';
import { fieldProblem } from '../../http/problem.ts';
import type { Principal } from '../../identity/principal.ts';

/** One page of customers for this principal. */
export async function pageOfCustomers(
  db: Db,
  principal: Principal,
  query: CustomerListFilter,
): Promise<CustomerListAnswer> {
  const sortName = query.sort ?? '-updatedAt';
  const descending = sortName.startsWith('-');
  const sort = sortName.replace('-', '') as SortKey;
  if (!SORT_KEYS.includes(sort)) throw fieldProblem('sort', 'is not known');
  const size = query.pageSize ?? LIST_PAGE_SIZE;
  const page = query.cursor ? 1 : (query.page ?? 1);
  if (page * size > LIST_DEEPEST_ROW) throw fieldProblem('page', 'is too far in; follow nextCursor instead');
  const result = await listCustomers(db, filterOf(principal, query), {
    sort,
    descending,
    offset: (page - 1) * size,
    size,
    after: query.cursor ? parseCursor(query.cursor, sortName) : undefined,
  });
  return {
    items: result.items,
    total: result.total,
    totalIsExact: result.totalIsExact,
    page,
    pageSize: size,
    nextCursor: result.next ? cursorOf(sortName, result.next) : null,
    head: { stream: CUSTOMERS_STREAM, seq: result.head, epoch: result.epoch },
  };
}

/** Figures beside tabs and saved views. */
export async function facets(db: Db, principal: Principal): Promise<CustomerFacetsAnswer> {
  const open = ['pending', 'complete'];
  const me = [principal.userId];
  const [counts, branches] = await Promise.all([
    countCustomers(db, [
      {},
      ...CUSTOMER_STATES.map((state) => ({ statuses: [state] })),
      { owners: me },
      { statuses: open, dueBefore: endOfToday() },
      { statuses: ['pending'], returned: true },
      { todo: { userId: principal.userId, dueBefore: endOfToday() } },
    ]),
    listBranches(db),
  ]);
  const none = { count: 0, isExact: true };
  const [all = none, ...rest] = counts;
  const byStatus = Object.fromEntries(CUSTOMER_STATES.map((state, index) => [state, rest[index] ?? none]));
  const [mine = none, dueToday = none, returned = none, todo = none] = rest.slice(CUSTOMER_STATES.length);
  return { all, byStatus, mine, dueToday, returned, todo, branches };
}

/** How many customers a saved view shows. */
export function countView(db: Db, principal: Principal, queries: CustomerListFilter[]) {
  return countCustomers(
    db,
    queries.map((query) => filterOf(principal, query)),
  );
}

export function filterOf(principal: Principal, query: CustomerListFilter): ListFilter {
  const statuses = listOf(query.status);
  for (const status of statuses ?? []) {
    if (!CUSTOMER_STATES.includes(status as never)) throw fieldProblem('status', `${status} is not a state`);
  }
  if (query.deleted && principal.role !== 'admin') throw fieldProblem('deleted', 'is for administrators');
  const owners = listOf(query.assignee)?.map((who) => {
    if (who === 'me') return principal.userId;
    if (who === 'none') return null;
    if (!isId(who)) throw fieldProblem('assignee', `${who} is not an id`);
    return who;
  });
  return {
    search: query.search?.trim() || undefined,
    statuses,
    products: listOf(query.product),
    branches: listOf(query.branch),
    owners,
    missing: query.missing,
    onlyMissing: query.onlyMissing,
    returned: query.returned,
    todo: query.todo ? { userId: principal.userId, dueBefore: endOfToday() } : undefined,
    updatedSince: query.updatedSince ? new Date(query.updatedSince) : undefined,
    dueBefore: query.dueBefore ? new Date(query.dueBefore) : undefined,
    deleted: query.deleted,
  };
}

function listOf(text: string | undefined): string[] | undefined {
  const values = text?.split(',').filter(Boolean);
  return values && values.length > 0 ? values : undefined;
}

const endOfToday = () => new Date(endOfDay(Date.now()));

/** Where a page ended, and how many rows the list had: it is not counted again. */
function cursorOf(sortName: string, mark: ListMark): string {
  return encodeCursor([sortName, mark.value, mark.id, mark.total, mark.totalIsExact]);
}

function parseCursor(cursor: string, sortName: string): ListMark {
  const [sort, value, id, total, totalIsExact] = decodeCursor(cursor);
  if (sort !== sortName || !isSortValue(sort, value) || !isId(id)) throw foreignCursor();
  if (!Number.isSafeInteger(total) || typeof totalIsExact !== 'boolean') throw foreignCursor();
  return { value, id, total: total as number, totalIsExact };
}

function isSortValue(sort: string, value: unknown): value is string {
  if (sort.endsWith('number')) return typeof value === 'string' && /^\d{1,9}$/.test(value);
  return isMoment(value) || (value === 'infinity' && sort.endsWith('dueAt'));
}
