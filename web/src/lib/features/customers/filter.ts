import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { absoluteListQuery, knownListAddress } from '@qijian/domain/rules/list-address.ts';
import { foldName, holdsNumber, readSearch, shownSearchTerms } from '@qijian/domain/rules/search-terms.ts';
import { waitsForOwner } from '@qijian/domain/rules/waits-for-owner.ts';

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
const SHOWN_KEYS = [...FILTER_KEYS, 'sort', 'page', 'pageSize'];
export const DEFAULT_SORT = '-updatedAt';

/** The API's query for what the address says: relative words become moments. */
export function apiQuery(params: URLSearchParams, now: number): URLSearchParams {
  const shown = [...params].filter(([key]) => SHOWN_KEYS.includes(key));
  return absoluteListQuery(knownListAddress(new URLSearchParams(shown)), now);
}

/** What a saved view keeps of the address: the filter and the order, always written the same way; no number. */
export function viewQuery(params: URLSearchParams): string {
  const kept = [...FILTER_KEYS, 'sort'].flatMap((key) => {
    const value = params.get(key);
    if (!value || (key === 'sort' && value === DEFAULT_SORT) || (key === 'search' && holdsNumber(value)))
      return [];
    return [[key, value]];
  });
  return new URLSearchParams(kept).toString();
}

/**
 * Whether a customer that just changed belongs in the list that the address describes. Phone and ID number are
 * masked, so a search for more of them than is shown cannot be told from here: `wasThere` decides then. `isAsked`: a
 * colleague wrote to oneself about it, which is not read yet.
 */
export function matches(
  params: URLSearchParams,
  customer: Customer,
  own: { id: string; now: number; wasThere: boolean; isAsked?: boolean },
): boolean {
  const query = apiQuery(params, own.now);
  const oneOf = (key: string, value: string | null) => {
    const wanted = query.get(key)?.split(',');
    return !wanted || wanted.includes(value ?? 'none');
  };
  const owner = customer.owner?.id ?? null;
  const missing = query.get('missing');
  const dueBefore = query.get('dueBefore');
  return (
    customer.deletedAt === null &&
    oneOf('status', customer.status) &&
    oneOf('product', customer.product) &&
    oneOf('branch', customer.branch) &&
    (oneOf('assignee', owner) ||
      (owner === own.id && query.get('assignee')?.split(',').includes('me') === true)) &&
    (!missing || customer.missing.includes(missing)) &&
    (!missing || query.get('onlyMissing') !== 'true' || customer.missing.length === 1) &&
    (query.get('todo') !== 'true' ||
      own.isAsked === true ||
      (owner === own.id &&
        waitsForOwner(
          {
            ...customer,
            hasReturned: customer.pieces.some((piece) => piece.state === 'returned'),
            requestedTypes: customer.requestedTypes.length,
          },
          own.now,
        ))) &&
    (query.get('returned') !== 'true' || customer.pieces.some((piece) => piece.state === 'returned')) &&
    (!dueBefore || (customer.dueAt !== null && customer.dueAt < dueBefore)) &&
    isFound(query.get('search') ?? '', customer, own.wasThere)
  );
}

function isFound(search: string, customer: Customer, wasThere: boolean): boolean {
  if (search.trim() === '') return true;
  const { terms, words, whole } = readSearch(search);
  const shown = new Set(shownSearchTerms(customer));
  const name = foldName(customer.name);
  const has = (term: string) =>
    shown.has(term) || (wasThere && whole.includes(term) && shown.has(term.slice(-4)));
  return terms.length > 0 && terms.every(has) && words.every((word) => name.includes(word));
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
