import { redirect } from '@sveltejs/kit';
import { call, ProblemError } from '#lib/api.ts';
import { loadCatalog } from '#lib/catalog.svelte.ts';
import { limits } from '#lib/limits.ts';
import { readKept } from '#lib/read-kept.svelte.ts';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ fetch, url }) => {
  try {
    const known = await readKept('signed in', async () => {
      const [me, catalog] = await Promise.all([call('GET /api/auth/me', { fetch }), loadCatalog(fetch)]);
      return { ...me, catalog };
    });
    limits.maxFileBytes = known.limits.maxFileBytes;
    return { user: known.user, catalog: known.catalog };
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 401) {
      redirect(307, `/login?next=${encodeURIComponent(url.pathname + url.search)}`);
    }
    throw error;
  }
};
