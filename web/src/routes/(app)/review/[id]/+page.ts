import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import { error, redirect } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url }) => {
  const onlyLook = url.searchParams.has('look');
  try {
    const [snapshot, queue] = await Promise.all([
      api.get<Workspace>(`/api/customers/${params.id}/workspace`, { fetch }),
      api.get<QueueBody>('/api/review-queue?pageSize=100', { fetch }),
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
