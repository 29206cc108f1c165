import { error } from '@sveltejs/kit';
import { call, ProblemError } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  try {
    const [users, invites] = await Promise.all([
      call('GET /api/users', { fetch }),
      call('GET /api/invites', { fetch }),
    ]);
    return { users, invites };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status === 403) error(404, 'not found');
    throw problem;
  }
};
