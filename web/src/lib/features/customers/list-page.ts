import type { CustomerListAnswer, CustomerListFilter } from '@qijian/domain/contract/api/customer-list.ts';
import { holdsNumber } from '@qijian/domain/rules/search-terms.ts';
import { call } from '#lib/api.ts';
import { apiQuery } from './filter.ts';

/** A page of the list, or why there is none. */
export type ListOutcome = { answer: CustomerListAnswer } | { failure: unknown };

/** Reads the page of the list that an address describes; never rejects. */
export async function readList(
  params: URLSearchParams,
  options: { fetch?: typeof fetch; cursor?: string } = {},
): Promise<ListOutcome> {
  const query = apiQuery(params, Date.now());
  if (options.cursor) {
    query.delete('page');
    query.set('cursor', options.cursor);
  }
  try {
    return { answer: await readCustomers(query, options.fetch ? { fetch: options.fetch } : {}) };
  } catch (failure) {
    return { failure };
  }
}

/** Asks for customers; a number that is searched for travels in the body, where no log keeps it. */
export function readCustomers(
  query: URLSearchParams,
  options: { fetch?: typeof fetch } = {},
): Promise<CustomerListAnswer> {
  const filter = Object.fromEntries(
    [...query].map(([name, value]) => [name, meaningOf(name, value)]),
  ) as CustomerListFilter;
  return holdsNumber(filter.search ?? '')
    ? call('POST /api/customers/search', { body: filter, ...options })
    : call('GET /api/customers', { query: filter, ...options });
}

/** In an address, numbers and truth values are texts. */
function meaningOf(name: string, text: string): unknown {
  if (name === 'page' || name === 'pageSize') return Number(text);
  return name !== 'search' && /^(true|false)$/.test(text) ? text === 'true' : text;
}
