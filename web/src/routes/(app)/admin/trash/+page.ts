import { error } from '@sveltejs/kit';
import { call, ProblemError } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url }) => {
  try {
    const page = Number(url.searchParams.get('page') ?? '1');
    return {
      list: await call('GET /api/customers', { query: { deleted: true, pageSize: 50, page }, fetch }),
    };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status >= 400 && problem.problem.status < 500)
      error(404, 'not found');
    throw problem;
  }
};
