import type { ReasonCode } from '@qijian/domain/rules/review-reasons.ts';
import { m } from './paraglide/messages.js';
import type { Locale } from './paraglide/runtime.js';

const TEXTS: Record<ReasonCode, (of: object, options: { locale?: Locale }) => string> = {
  blurred: m.p_reason_blurred,
  glare: m.p_reason_glare,
  cut_off: m.p_reason_cut_off,
  covered: m.p_reason_covered,
  dark: m.p_reason_dark,
  wrong_type: m.p_reason_wrong_type,
  wrong_side: m.p_reason_wrong_side,
  expired: m.p_reason_expired,
  incomplete: m.p_reason_incomplete,
  mismatch: m.p_reason_mismatch,
  suspected_edit: m.p_reason_suspected_edit,
  other: m.p_reason_other,
};

/** What a return says to the customer: what was written, or what its reasons say. */
export function returnText(document: { message?: string | null; reasonCodes?: readonly string[] }): string {
  return (
    document.message || (document.reasonCodes ?? []).map((code) => reasonText(code as ReasonCode)).join('\n')
  );
}

/** What a reason says to the customer when nobody writes anything else; in the page's language unless another is named. */
export function reasonText(code: ReasonCode, locale?: Locale): string {
  return TEXTS[code]({}, locale ? { locale } : {});
}
