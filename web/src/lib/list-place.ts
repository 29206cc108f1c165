import { tick } from 'svelte';
import { afterNavigate, beforeNavigate } from '$app/navigation';

/** Where somebody was in a list when they opened a row of it. */
export interface Place {
  /** Customer under the cursor. */
  cursor: string | null;
  /** Rows that had been read. */
  rows: number;
  scrolled: number;
}

const left = new Map<string, Place>();
const addresses = new Map<string, string>();
const FROM_A_ROW = new Set(['/(app)/customers/[id]', '/(app)/review/[id]']);

const scroller = () => document.querySelector<HTMLElement>('#main :is(.tw, .cards)');

/** The address of a list as it was left, filter and all; the list itself before anybody was there. */
export const addressLeft = (list: '/customers' | '/review'): string => addresses.get(list) ?? list;

/**
 * Whoever comes back from a row finds the list where they left it: the same rows, as far down, the focus on the row.
 * `reach` reads on until so many rows are there and puts the cursor on one of them.
 */
export function keepListPlace(
  read: () => Pick<Place, 'cursor' | 'rows'>,
  reach: (place: Place) => Promise<void>,
): void {
  beforeNavigate(({ from, to }) => {
    if (!from?.url || from.url.pathname === to?.url.pathname) return;
    addresses.set(from.url.pathname, from.url.pathname + from.url.search);
    left.set(from.url.href, { ...read(), scrolled: scroller()?.scrollTop ?? 0 });
  });
  afterNavigate(async ({ from, to }) => {
    const place = to?.url && left.get(to.url.href);
    if (!place || !FROM_A_ROW.has(from?.route.id ?? '')) return;
    await reach(place);
    await tick();
    const list = scroller();
    if (list) list.scrollTop = place.scrolled;
    // A list that draws only what is in view draws it with the next frame.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const row = document.querySelector<HTMLElement>(`[data-customer="${place.cursor}"]`);
    (row?.matches('a') ? row : row?.querySelector<HTMLElement>('a'))?.focus({ preventScroll: true });
  });
}
