import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskIdNumber } from './id-number.ts';
import { maskPhone } from './phone.ts';
import { customerSearchTerms, foldName, holdsNumber, readSearch, shownSearchTerms } from './search-terms.ts';

const customer = { number: 1183, name: '王小明', phone: '13800000021', idNumber: '11010519491231002X' };
type Found = typeof customer;
const finds = (query: string, of: Found = customer) => {
  const { terms, words } = readSearch(query);
  const own = new Set(customerSearchTerms(of));
  return (
    terms.length > 0 &&
    terms.every((term) => own.has(term)) &&
    words.every((word) => foldName(of.name).includes(word))
  );
};
/** Names as people have them: Chinese, Latin, mixed, in several words, with digits. */
const characters = [...'王小明李华欧阳思远·abcXYZ', '𠮷', ...'0123456789'];
const name = fc
  .array(
    fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 8 }).map((word) => word.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((words) => words.join(' '));

describe('what the list finds', () => {
  test.each([
    '王',
    '小明',
    '王小明',
    '王 小明',
    '王\u200b小明',
    '0021',
    '002x',
    '002Ｘ',
    '002×',
    '13800000021',
    '138 0000 0021',
    '138-0000-0021',
    '+86 138 0000 0021',
    '8613800000021',
    'tel:13800000021',
    '手机：138 0000 0021',
    '电话13800000021',
    '１３８００００００２１',
    '138 **** 0021',
    '138****0021',
    '138＊＊＊＊0021',
    '138••••0021',
    '****0021',
    '11010519491231002X',
    '110105 19491231 002x',
    '110105********002X',
    '110105 **** 002x',
    '1101************2X',
    '1183',
    'QJ-1183',
    'qj1183',
    'qj 1183',
    '#QJ-1183',
    '# 1183',
    'QJ—1183',
    'ＱＪ－１１８３',
    '王小明 0021',
    '小明 138 0000 0021',
  ])('%s finds the customer', (query) => {
    expect(finds(query)).toBe(true);
  });

  test.each([
    '',
    '   ',
    '\u200b',
    '王明',
    '李',
    '138',
    '021',
    '118',
    'QJ-118',
    '38000000021',
    '00021',
    '000021',
    '0000021',
    '00000021',
    '000000021',
    '0000000021',
    '1380000002',
    '1380000',
    '1002X',
    '31002X',
    '19491231',
    '110105',
    '1101051949123100',
    '1380****0021',
    '138****021',
    '110105****1002X',
  ])('"%s" finds nothing', (query) => {
    expect(finds(query)).toBe(false);
  });

  test('of a phone and an ID number no more digits find anything than a mask shows', () => {
    const whole = [customer.phone, customer.idNumber.toLowerCase()];
    const parts = whole.flatMap((number) =>
      [...number].flatMap((_, from) =>
        Array.from({ length: number.length - from }, (_, more) => number.slice(from, from + more + 1)),
      ),
    );
    const found = [...new Set(parts)].filter((part) => finds(part));
    expect(found.toSorted()).toEqual([...whole, '0021', '002x'].toSorted());
  });

  test('what a screen shows of a customer finds the customer', () => {
    const phone = fc.stringMatching(/^(1[3-9]\d{9}|\+852[4-9]\d{7}|\+8536\d{7}|\+8869\d{8})$/);
    const idNumber = fc.stringMatching(/^([1-9]\d{16}[\dX]|[HM]\d{8}|\d{8})$/);
    fc.assert(
      fc.property(phone, idNumber, (phone, idNumber) => {
        const of = { ...customer, phone, idNumber };
        for (const shown of [maskPhone(phone), maskIdNumber(idNumber), phone, idNumber]) {
          expect(finds(shown, of), shown).toBe(true);
          expect(finds(shown.replaceAll(' ', '').toLowerCase(), of), shown).toBe(true);
        }
        const masked = {
          number: 'QJ-1183',
          name: of.name,
          phone: maskPhone(phone),
          idNumber: maskIdNumber(idNumber),
        };
        expect(customerSearchTerms(of)).toEqual(expect.arrayContaining(shownSearchTerms(masked)));
      }),
    );
  });

  test('a mobile number of Hong Kong is found without its country code', () => {
    expect(finds('9123 4567', { ...customer, phone: '+85291234567' })).toBe(true);
    expect(finds('0912-345-678', { ...customer, phone: '+886912345678' })).toBe(true);
  });

  test.each([
    '阿卜杜·热合曼',
    '阿卜杜•热合曼',
    '阿卜杜・热合曼',
    '阿卜杜‧热合曼',
    '阿卜杜⸱热合曼',
    '阿卜杜･热合曼',
    '阿卜杜.热合曼',
    '阿卜杜．热合曼',
    '阿卜杜热合曼',
    '杜热',
  ])('a name with a middle dot is found as %s', (query) => {
    expect(finds(query, { ...customer, name: '阿卜杜·热合曼' })).toBe(true);
    expect(finds('阿卜杜·热合曼', { ...customer, name: '阿卜杜･热合曼' })).toBe(true);
  });

  test('a rare character alone finds whose name it is in', () => {
    expect(finds('𠮷', { ...customer, name: '𠮷田' })).toBe(true);
    expect(finds('𠮷', customer)).toBe(false);
  });

  test('full-width letters and digits are the same as plain ones', () => {
    expect(finds('abc', { ...customer, name: 'ＡＢＣ贸易' })).toBe(true);
  });

  test('a part of a name, from two characters up, finds it', () => {
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(), (name, from, length) => {
        const all = [...name];
        const start = from % all.length;
        const part = all.slice(start, start + 2 + (length % all.length)).join('');
        // Digits in groups are one number, and neighbours across a dot are neighbours.
        fc.pre([...foldName(part)].length >= 2 && !/\d[\dx]* [\dx]/i.test(foldName(part)));
        expect(finds(part, { ...customer, name })).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('whole numbers in a search', () => {
  test.each([
    ['13800000021', ['138 **** 0021']],
    ['王小明 +86 138 0000 0021', ['138 **** 0021']],
    ['11010519491231002X', ['110105********002X']],
    ['110105194912310029', ['110105********0029']],
    ['H12345678', ['H****5678']],
    ['91234567', ['****4567']],
    ['0021', []],
    ['138 **** 0021', []],
    ['1380000002', []],
    ['QJ-12345678', []],
    ['王小明', []],
  ])('in "%s" are %j', (query, numbers) => {
    expect(readSearch(query).numbers).toEqual(numbers);
  });

  test.each([
    '13800000021',
    '王 138-0000-0021',
    '1380000',
    '１３８ 0000 00',
    'H1234 5678',
    '11010519491231002X',
  ])('"%s" stays out of addresses', (text) => {
    expect(holdsNumber(text)).toBe(true);
  });

  test.each(['王小明', '0021', '138 **** 0021', '110105********002X', 'QJ-12345678', '12345'])(
    '"%s" may stand in an address',
    (text) => {
      expect(holdsNumber(text)).toBe(false);
    },
  );

  test.each([
    ['138', true],
    ['00021', true],
    ['1380000002', true],
    ['138****021', true],
    ['0021', false],
    ['13800000021', false],
    ['王小明', false],
  ])('"%s" is a part of a number: %s', (query, isPartial) => {
    expect(readSearch(query).isPartial).toBe(isPartial);
  });
});
