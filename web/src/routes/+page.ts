import type { User } from '@qijian/domain/contract/api/users.ts';
import { redirect } from '@sveltejs/kit';
import { api, ProblemError } from '#lib/api.ts';
import { homeOf } from '#lib/home.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const answer = await api.get<{ user: User }>('/api/auth/me', { fetch }).catch((error: unknown) => {
    if (error instanceof ProblemError && error.problem.status === 401) redirect(307, '/login');
    throw error;
  });
  redirect(307, homeOf(answer.user.role));
};
