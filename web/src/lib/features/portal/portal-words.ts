import { isOnePage, type PortalDocument, type PortalItem } from '@qijian/domain/rules/portal.ts';
import { localized } from '#lib/locale.svelte.ts';
import { m } from '#lib/paraglide/messages.js';

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
