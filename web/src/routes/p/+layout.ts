import { redirect } from '@sveltejs/kit';
import { call } from '#lib/api.ts';
import type { LayoutLoad } from './$types';

/** What this browser has proved, and the file it opens. Nothing personal is here before that. */
export const load: LayoutLoad = async ({ fetch, depends, url, untrack }) => {
  depends('portal:session');
  const portal = await call('GET /api/portal/session', { fetch });
  const checklist = portal.session ? await call('GET /api/portal/checklist', { fetch }) : null;
  // Going from page to page asks nothing: it works without a network too.
  if (!checklist && untrack(() => url.pathname) !== '/p') redirect(307, '/p');
  return { portal, checklist };
};
