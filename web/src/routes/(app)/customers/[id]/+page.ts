import { error } from '@sveltejs/kit';
import { call, ProblemError } from '#lib/api.ts';
import { readKept } from '#lib/read-kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params }) => {
  try {
    const { id } = params;
    const ask = () => call('GET /api/customers/:id/workspace', { params: { id }, fetch });
    return { snapshot: await readKept(`workspace ${id}`, ask) };
  } catch (problem) {
    if (problem instanceof ProblemError && [404, 422].includes(problem.problem.status))
      error(404, 'not found');
    throw problem;
  }
};
