import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { customerSearchTerms, querySearchTerms } from './search-terms.ts';

const customer = { number: 1183, name: '王小明', phone: '13800000021', idNumber: '11010519491231002X' };
const finds = (query: string, of = customer) => {
  const terms = querySearchTerms(query);
  const own = new Set(customerSearchTerms(of));
  return terms.length > 0 && terms.every((term) => own.has(term));
};
/** Names as people have them: Chinese, Latin, mixed, in several words, with digits. */
const characters = [...'王小明李华欧阳思远·abcXYZ', '𠮷', ...'0123456789'];
const name = fc
  .array(
    fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 8 }).map((word) => word.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((words) => words.join(' '));

describe('search terms', () => {
  test.each(['王', '小明', '王小明', '0021', '00000021', '13800000021', '002x', '1183', 'QJ-1183', 'qj1183'])(
    '%s finds the customer',
    (query) => {
      expect(finds(query)).toBe(true);
    },
  );

  test.each(['', '   ', '王明', '李', '138', '021', '118', 'QJ-118'])('"%s" does not', (query) => {
    expect(finds(query)).toBe(false);
  });

  test('full-width letters and digits are the same as plain ones', () => {
    expect(finds('ＱＪ－１１８３')).toBe(true);
    expect(finds('abc', { ...customer, name: 'ＡＢＣ贸易' })).toBe(true);
  });

  test('a part of a name, from two characters up, is contained in the terms of the customer', () => {
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(), (name, from, length) => {
        const all = [...name];
        const start = from % all.length;
        const part = all.slice(start, start + 2 + (length % all.length)).join('');
        // Digits apart are read as one number that somebody typed in groups, and "qj" with digits as the number.
        fc.pre([...part.trim()].length >= 2 && !/^\d[\dx]* [\dx ]*$/i.test(part.trim()));
        expect(finds(part, { ...customer, name })).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
