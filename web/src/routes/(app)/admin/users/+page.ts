import type { Invite, User } from '@qijian/domain/contract/api/users.ts';
import { error } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  try {
    const [users, invites] = await Promise.all([
      api.get<{ items: User[]; nextCursor: string | null }>('/api/users', { fetch }),
      api.get<{ items: Invite[]; nextCursor: string | null }>('/api/invites', { fetch }),
    ]);
    return { users, invites };
  } catch (problem) {
    if (problem instanceof ProblemError && problem.problem.status === 403) error(404, 'not found');
    throw problem;
  }
};
