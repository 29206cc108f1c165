import type { CustomerListAnswer } from '@qijian/domain/contract/api/customers.ts';
import { api } from '#lib/api.ts';
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
    const path = `/api/customers?${query}`;
    return {
      answer: await api.get<CustomerListAnswer>(path, options.fetch ? { fetch: options.fetch } : {}),
    };
  } catch (failure) {
    return { failure };
  }
}
