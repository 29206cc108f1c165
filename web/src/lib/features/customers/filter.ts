import type { Customer } from '@qijian/domain/contract/api/customers.ts';

const DAY = 86_400_000;
const OFFSET = 8 * 3_600_000;

/** The parameters of the list page that narrow it; everything else in the address is how it is shown. */
export const FILTER_KEYS = [
  'search',
  'status',
  'assignee',
  'product',
  'branch',
  'missing',
  'onlyMissing',
  'returned',
  'updated',
  'due',
  'todo',
] as const;

/** Midnight in China after `now`. */
export function endOfToday(now: number): number {
  return (Math.floor((now + OFFSET) / DAY) + 1) * DAY - OFFSET;
}

/** The API's query for what the address says: relative words become moments. */
export function apiQuery(params: URLSearchParams, now: number): URLSearchParams {
  const query = new URLSearchParams();
  for (const key of [
    'search',
    'status',
    'assignee',
    'product',
    'branch',
    'missing',
    'onlyMissing',
    'returned',
    'sort',
    'page',
    'pageSize',
  ]) {
    const value = params.get(key);
    if (value) query.set(key, value);
  }
  const days = Number(params.get('updated'));
  if (days > 0)
    query.set('updatedSince', new Date(Math.floor((now - days * DAY) / 60_000) * 60_000).toISOString());
  if (params.get('due') === 'today') {
    query.set('dueBefore', new Date(endOfToday(now)).toISOString());
    if (!query.has('status')) query.set('status', 'pending,complete');
  }
  if (params.has('todo')) {
    query.set('assignee', 'me');
    query.set('status', 'pending,complete');
    query.set('dueBefore', new Date(endOfToday(now)).toISOString());
  }
  return query;
}

/** Whether a customer that just changed belongs in the list that the address describes. */
export function matches(
  params: URLSearchParams,
  customer: Customer,
  own: { id: string; now: number },
): boolean {
  const query = apiQuery(params, own.now);
  const oneOf = (key: string, value: string | null) => {
    const wanted = query.get(key)?.split(',');
    return !wanted || wanted.includes(value ?? 'none');
  };
  const owner = customer.owner?.id ?? null;
  const text = query.get('search')?.trim().toLowerCase();
  const missing = query.get('missing');
  return (
    customer.deletedAt === null &&
    oneOf('status', customer.status) &&
    oneOf('product', customer.product) &&
    oneOf('branch', customer.branch) &&
    (oneOf('assignee', owner) ||
      (query.get('assignee')?.split(',').includes('me') === true && owner === own.id)) &&
    (!missing || customer.missing.includes(missing)) &&
    (query.get('onlyMissing') !== 'true' || customer.missing.length === 1) &&
    (query.get('returned') !== 'true' || customer.pieces.some((piece) => piece.state === 'returned')) &&
    (!query.has('dueBefore') ||
      (customer.dueAt !== null && customer.dueAt < (query.get('dueBefore') ?? ''))) &&
    (!text ||
      customer.name.toLowerCase().includes(text) ||
      customer.number.toLowerCase().includes(text) ||
      customer.phone.endsWith(text))
  );
}

/** `128`, or `1000+` where counting stopped. */
export function countText(count: { count: number; isExact: boolean } | undefined): string {
  if (!count) return '';
  return count.isExact ? String(count.count) : `${count.count}+`;
}

/** The pages offered by a pager: the first, the last, and those around the current one; null is a gap. */
export function pagerPages(page: number, last: number): (number | null)[] {
  const wanted = [...new Set([1, page - 1, page, page + 1, last])]
    .filter((n) => n >= 1 && n <= last)
    .sort((a, b) => a - b);
  return wanted.flatMap((n, index) => (index > 0 && n - (wanted[index - 1] ?? 0) > 1 ? [null, n] : [n]));
}
