import { error, redirect } from '@sveltejs/kit';
import { call, ProblemError } from '#lib/api.ts';
import { readKept } from '#lib/read-kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url }) => {
  const onlyLook = url.searchParams.has('look');
  try {
    const { id } = params;
    const [snapshot, queue] = await Promise.all([
      readKept(`workspace ${id}`, () => call('GET /api/customers/:id/workspace', { params: { id }, fetch })),
      readKept('queue', () => call('GET /api/review-queue', { query: { pageSize: 100 }, fetch })),
    ]);
    return { snapshot, queue, onlyLook };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status === 403)
      redirect(303, `/customers/${params.id}`);
    if (problem instanceof ProblemError && [404, 422].includes(problem.problem.status))
      error(404, 'not found');
    throw problem;
  }
};
