import type { CustomerListAnswer } from '@qijian/domain/contract/api/customers.ts';
import { error } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url }) => {
  try {
    const page = url.searchParams.get('page') ?? '1';
    return {
      list: await api.get<CustomerListAnswer>(`/api/customers?deleted=true&pageSize=50&page=${page}`, {
        fetch,
      }),
    };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status >= 400 && problem.problem.status < 500)
      error(404, 'not found');
    throw problem;
  }
};
