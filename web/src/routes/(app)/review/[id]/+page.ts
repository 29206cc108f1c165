import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import { error, redirect } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import { readKept } from '#lib/kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url }) => {
  const onlyLook = url.searchParams.has('look');
  try {
    const path = `/api/customers/${params.id}/workspace`;
    const others = '/api/review-queue?pageSize=100';
    const [snapshot, queue] = await Promise.all([
      readKept(path, () => api.get<Workspace>(path, { fetch })),
      readKept(others, () => api.get<QueueBody>(others, { fetch })),
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
