import { type ListOutcome, readList } from '#lib/features/customers/list-page.ts';
import { openAddress } from '#lib/features/customers/private-search.ts';
import { readKept } from '#lib/read-kept.svelte.ts';
import { browser } from '$app/env';
import type { PageLoad } from './$types';

const SOON_MS = 150;

/** The first paint has its rows; afterwards an answer that takes longer than a blink comes after the page. */
export const load: PageLoad = async ({ fetch, url }) => {
  const reading = readKept(`list ${url.search}`, async () => {
    const outcome = await readList(openAddress(url.searchParams), { fetch });
    if ('failure' in outcome) throw outcome.failure;
    return outcome;
  }).catch((failure): ListOutcome => ({ failure }));
  const soon = browser ? new Promise<null>((resolve) => setTimeout(resolve, SOON_MS, null)) : reading;
  const outcome: ListOutcome | Promise<ListOutcome> = (await Promise.race([reading, soon])) ?? reading;
  return { outcome, search: url.search };
};
