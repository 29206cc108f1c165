/** Why a document is rejected; the keys 1–9 at the review desk follow this order. */
export const REASON_CODES = [
  'blurred',
  'glare',
  'cut_off',
  'covered',
  'dark',
  'wrong_type',
  'wrong_side',
  'expired',
  'incomplete',
  'mismatch',
  'suspected_edit',
  'other',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];
