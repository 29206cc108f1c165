import type { PortalItem } from '@qijian/domain/rules/portal.ts';
import { failureName } from '#lib/failures.ts';
import { m } from '#lib/paraglide/messages.js';
import { returnText } from '#lib/reason-texts.ts';

/** Where an item stands, in one line; `shared` is said above the list. */
export function itemWords(item: PortalItem, shared: string | null): string {
  if (item.why === 'failed') {
    const failed = item.documents.findLast(({ state }) => state === 'failed');
    return failureName(failed?.failure ?? null) || m.p_failed();
  }
  if (item.incomplete && item.state !== 'returned') {
    const { arrived, total, missing } = item.incomplete;
    return m.p_part_row({ arrived, total, left: missing.length });
  }
  switch (item.state) {
    case 'accepted':
      return m.p_accepted();
    case 'received':
      if (item.checking) return m.p_checking();
      if (item.documents.some(({ note }) => note !== null)) return m.p_received_note();
      return item.pages > 1 ? m.p_received_pages({ pages: item.pages }) : m.p_received();
    case 'waived':
      return m.p_waived();
    case 'returned':
      return item.returned ? returnedWords(item.returned) : m.p_missing();
    case 'missing': {
      const left = item.minPages - item.pages;
      if (item.pages > 0 && left > 0) return m.p_pages_left({ pages: item.pages, left });
      if (item.requestReason && item.requestReason !== shared) return item.requestReason;
      return item.minPages > 1 ? m.p_missing_pages({ pages: item.minPages }) : m.p_missing();
    }
  }
}

/** Why it came back: the reviewer's own words, else those of the reason. */
export function returnedWords(returned: NonNullable<PortalItem['returned']>): string {
  return returnText(returned) || m.p_failed();
}
