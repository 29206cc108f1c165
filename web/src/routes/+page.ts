import { redirect } from '@sveltejs/kit';
import { call, ProblemError } from '#lib/api.ts';
import { homeOf } from '#lib/home.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const answer = await call('GET /api/auth/me', { fetch }).catch((error: unknown) => {
    if (error instanceof ProblemError && error.problem.status === 401) redirect(307, '/login');
    throw error;
  });
  redirect(307, homeOf(answer.user.role));
};
