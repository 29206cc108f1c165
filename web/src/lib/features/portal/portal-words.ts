import type { PortalItem } from '@qijian/domain/rules/portal.ts';
import type { ReasonCode } from '@qijian/domain/rules/review-reasons.ts';
import { localized } from '#lib/locale.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { reasonText } from '#lib/reason-texts.ts';

/** Types that are photographed as a card, with a frame. */
const CARDS = ['id_card_front', 'id_card_back'];
export const isCard = (type: string) => CARDS.includes(type);

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

/** Where an item stands, in one line. */
export function itemWords(item: PortalItem): string {
  const failed = item.documents.length > 0 && item.documents.every(({ state }) => state === 'failed');
  if (failed) return m.p_failed();
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
      if (item.requestReason) return item.requestReason;
      return item.minPages > 1 ? m.p_missing_pages({ pages: item.minPages }) : m.p_missing();
    }
  }
}

/** Why it came back: the reviewer's own words, else those of the reason. */
export function returnedWords(returned: { reasonCode: ReasonCode | null; message: string | null }): string {
  return returned.message || (returned.reasonCode ? reasonText(returned.reasonCode) : m.p_failed());
}

/** What the button for an item says. */
export function actionWords(item: PortalItem): string {
  const name = itemName(item);
  const isAgain = item.state === 'returned';
  if (isCard(item.type)) return isAgain ? m.p_action_retake({ name }) : m.p_action_shoot({ name });
  return isAgain ? m.p_action_reupload({ name }) : m.p_action_upload({ name });
}
