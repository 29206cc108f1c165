/**
 * A number as people type or paste it: full-width digits, blanks and separators of thousands; null for anything else.
 * A comma that does not stand before three digits is no separator.
 */
export function typedNumber(text: string): number | null {
  const plain = text.normalize('NFKC').replace(/[\s\u200b\ufeff]/g, '');
  const digits = /^\d{1,3}([,'’]\d{3})+(\.\d+)?$/.test(plain) ? plain.replace(/[,'’]/g, '') : plain;
  return /^(\d+(\.\d*)?|\.\d+)$/.test(digits) ? Number(digits) : null;
}
