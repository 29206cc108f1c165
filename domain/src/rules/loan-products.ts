import type { ChecklistItem } from './completeness.ts';
import type { LocalizedText } from './document-types.ts';

/** The loan products every installation starts with; each has its own checklist, which administrators edit. */
export const PRESET_PRODUCTS: readonly { code: string; name: LocalizedText; items: ChecklistItem[] }[] = [
  { code: 'credit', name: { zh: '信用贷', en: 'Personal loan' }, items: checklist([]) },
  { code: 'business', name: { zh: '经营贷', en: 'Business loan' }, items: checklist([]) },
  {
    code: 'mortgage',
    name: { zh: '房抵贷', en: 'Property-backed loan' },
    items: checklist(['property_proof']),
  },
  { code: 'car', name: { zh: '车抵贷', en: 'Car-backed loan' }, items: checklist([]) },
];

function checklist(also: string[]): ChecklistItem[] {
  const required = [
    'id_card_front',
    'id_card_back',
    'income_proof',
    'bank_statement',
    'credit_report',
    ...also,
  ];
  const all = [
    'id_card_front',
    'id_card_back',
    'income_proof',
    'bank_statement',
    'property_proof',
    'credit_report',
    'household_register',
    'marriage_certificate',
    'other',
  ];
  return all.map((type) => ({ type, required: required.includes(type), minPages: null, maxAgeDays: null }));
}
