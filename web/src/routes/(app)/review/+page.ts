import { redirect } from '@sveltejs/kit';
import { ProblemError } from '#lib/api.ts';
import { queueQuery } from '#lib/features/review-queue/queue-order.ts';
import { readQueue } from '#lib/features/review-queue/read-queue.ts';
import { readKept } from '#lib/read-kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url }) => {
  try {
    const query = queueQuery(url.searchParams);
    return { answer: await readKept(`queue ${query}`, () => readQueue(query, { fetch })) };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status === 403) redirect(303, '/customers');
    throw problem;
  }
};
