import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import { redirect } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import { queueQuery } from '#lib/features/review-queue/queue-order.ts';
import { readKept } from '#lib/kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url }) => {
  try {
    const path = `/api/review-queue?${queueQuery(url.searchParams)}`;
    return { answer: await readKept(path, () => api.get<QueueBody>(path, { fetch })) };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status === 403) redirect(303, '/customers');
    throw problem;
  }
};
