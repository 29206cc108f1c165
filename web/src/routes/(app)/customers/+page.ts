import type { CustomerListAnswer } from '@qijian/domain/contract/api/customers.ts';
import { api } from '#lib/api.ts';
import { apiQuery } from '#lib/features/customers/filter.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url }) => ({
  answer: await api.get<CustomerListAnswer>(`/api/customers?${apiQuery(url.searchParams, Date.now())}`, {
    fetch,
  }),
  search: url.search,
});
