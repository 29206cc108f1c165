import { ACTIVITY_KINDS, readActivity } from '#lib/features/activity/activity.svelte.ts';
import { readKept } from '#lib/read-kept.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url }) => {
  const kind = ACTIVITY_KINDS.find((known) => known === url.searchParams.get('kind')) ?? null;
  return { kind, page: await readKept(`activity ${kind}`, () => readActivity(fetch, kind)) };
};
