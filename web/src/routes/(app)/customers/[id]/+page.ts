import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import { error } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import { readKept } from '#lib/kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params }) => {
  try {
    const path = `/api/customers/${params.id}/workspace`;
    return { snapshot: await readKept(path, () => api.get<Workspace>(path, { fetch })) };
  } catch (problem) {
    if (problem instanceof ProblemError && [404, 422].includes(problem.problem.status))
      error(404, 'not found');
    throw problem;
  }
};
