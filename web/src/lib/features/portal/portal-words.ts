import { isOnePage, type PortalDocument, type PortalItem } from '@qijian/domain/rules/portal.ts';
import { localized } from '#lib/locale.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { returnText } from '#lib/reason-texts.ts';

/** Types that are photographed as a card, with a frame. */
export const isCard = isOnePage;

/** Which side of the card is photographed. */
export function sideWords(type: string): string {
  if (type === 'id_card_front') return m.p_side_front();
  return type === 'id_card_back' ? m.p_side_back() : '';
}

/** Samples that have been drawn; every other type is shown as a sheet of paper. */
const DRAWN = [
  'id_card_front',
  'id_card_back',
  'income_proof',
  'bank_statement',
  'property_proof',
  'credit_report',
  'household_register',
  'marriage_certificate',
];
export const sampleOf = (type: string) => (DRAWN.includes(type) ? type : 'other');

export const itemName = (item: PortalItem) => localized(item.name);

/** Where an item stands, in one line; `shared` is said above the list. */
export function itemWords(item: PortalItem, shared: string | null): string {
  if (item.why === 'failed') return m.p_failed();
  if (item.incomplete && item.state !== 'returned') {
    const { arrived, total, missing } = item.incomplete;
    return m.p_part_row({ arrived, total, left: missing.length });
  }
  switch (item.state) {
    case 'accepted':
      return m.p_accepted();
    case 'received':
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

/** What the button for an item says. */
export function actionWords(item: PortalItem): string {
  const name = itemName(item);
  const isAgain = item.state === 'returned';
  if (isCard(item.type)) return isAgain ? m.p_action_retake({ name }) : m.p_action_shoot({ name });
  return isAgain ? m.p_action_reupload({ name }) : m.p_action_upload({ name });
}

/** Photographs of one document in the order of its pages, everything else as it arrived. */
export function inOrder(documents: readonly PortalDocument[]): PortalDocument[] {
  return [...documents].sort((a, b) =>
    a.group && a.group.id === b.group?.id
      ? a.group.index - b.group.index
      : a.uploadedAt.localeCompare(b.uploadedAt) || a.id.localeCompare(b.id),
  );
}

/** Documents as the customer sent them: the photographs of one are one list, in the order of its pages. */
export function together(documents: readonly PortalDocument[]): PortalDocument[][] {
  const lists = new Map<string, PortalDocument[]>();
  for (const document of inOrder(documents)) {
    const key = document.group?.id ?? document.id;
    lists.set(key, [...(lists.get(key) ?? []), document]);
  }
  return [...lists.values()];
}

/** How long the link still works, in words. */
export function lifeWords(expiresAt: string, now: number): string {
  const hours = Math.max(1, Math.round((Date.parse(expiresAt) - now) / 3_600_000));
  return hours < 48 ? m.p_privacy_hours({ hours }) : m.p_privacy_days({ days: Math.round(hours / 24) });
}
