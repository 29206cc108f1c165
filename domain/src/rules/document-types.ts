/** A name in the two interface languages. */
export interface LocalizedText {
  zh: string;
  en: string;
}

/** A kind of document as administrators edit it; `code` is stable, everything else may change. */
export interface DocumentType {
  code: string;
  name: LocalizedText;
  /** Required by default; a checklist may say otherwise for its product. */
  required: boolean;
  order: number;
  minPages: number;
  /** Days after the upload during which a document of this type counts; null means for ever. */
  maxAgeDays: number | null;
  instructions: LocalizedText;
  active: boolean;
  /** Whether customers may say that they have none, while it is not required of them. */
  waivable: boolean;
}

/** The nine types every installation starts with, in the order customers see them. */
export const PRESET_DOCUMENT_TYPES: readonly DocumentType[] = [
  preset(
    'id_card_front',
    '身份证正面',
    'ID card front',
    true,
    null,
    '四角完整，字迹清晰',
    'All four corners visible, text sharp',
  ),
  preset(
    'id_card_back',
    '身份证反面',
    'ID card back',
    true,
    null,
    '有效期完整可见',
    'The expiry date fully visible',
  ),
  preset(
    'income_proof',
    '收入证明',
    'Proof of income',
    true,
    90,
    '单位盖章，三个月内',
    'Stamped by the employer, within three months',
  ),
  preset(
    'bank_statement',
    '银行流水',
    'Bank statement',
    true,
    null,
    '近 6 个月，可传多份',
    'The last 6 months; several files are fine',
  ),
  preset(
    'property_proof',
    '房产证明',
    'Proof of property',
    false,
    null,
    '编号与盖章页',
    'The pages with the number and the stamp',
  ),
  preset(
    'credit_report',
    '征信报告',
    'Credit report',
    true,
    30,
    '30 天内，全部页面',
    'Within 30 days, all pages',
  ),
  preset(
    'household_register',
    '户口本',
    'Household register',
    false,
    null,
    '首页和本人页',
    'First page and your own page',
  ),
  preset(
    'marriage_certificate',
    '结婚证',
    'Marriage certificate',
    false,
    null,
    '照片页与登记页',
    'The photograph and registration pages',
  ),
  preset(
    'other',
    '其他资料',
    'Other documents',
    false,
    null,
    '营业执照、合同等',
    'Business licence, contracts and the like',
  ),
].map((type, index) => ({ ...type, order: index + 1 }));

function preset(
  code: string,
  zh: string,
  en: string,
  required: boolean,
  maxAgeDays: number | null,
  instructionsZh: string,
  instructionsEn: string,
): DocumentType {
  return {
    code,
    name: { zh, en },
    required,
    order: 0,
    minPages: 1,
    maxAgeDays,
    instructions: { zh: instructionsZh, en: instructionsEn },
    active: true,
    waivable: !required,
  };
}

// The first that fits decides: a side by itself means the ID card only when nothing else is named.
const NAME_HINTS: readonly [RegExp, string][] = [
  [/身份证.*(反|背|国徽)|id.?(card)?[\W_]*back|emblem/i, 'id_card_back'],
  [/身份证|id.?(card)?.?front|id.?card/i, 'id_card_front'],
  [/收入|工资|薪|在职|income|salary|payslip|employment/i, 'income_proof'],
  [/流水|账单|对账|明细|bank|statement/i, 'bank_statement'],
  [/征信|信用报告|credit/i, 'credit_report'],
  [/户口|household|hukou/i, 'household_register'],
  [/房产|不动产|房本|房屋|property|deed|house/i, 'property_proof'],
  [/结婚|婚姻|marriage/i, 'marriage_certificate'],
  [/(反|背)面|国徽/, 'id_card_back'],
  [/正面|人像/, 'id_card_front'],
];

/** The document type a file name suggests, or null when it suggests none; a suggestion only, people confirm it. */
export function guessDocumentType(filename: string): string | null {
  return NAME_HINTS.find(([pattern]) => pattern.test(filename))?.[1] ?? null;
}
