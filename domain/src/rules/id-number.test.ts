import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDigit, isValidIdNumber, maskIdNumber, normalizeIdNumber, readIdNumber } from './id-number.ts';

const NOW = Date.parse('2026-11-30T02:00:00+08:00');
/** The example of GB 11643, and the one that ends in X. */
const EXAMPLES = ['11010519491231002X', '440524188001010014'];
const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2025-12-31'), noInvalidDate: true });
const number = fc
  .tuple(fc.integer({ min: 110000, max: 839999 }), day, fc.integer({ min: 0, max: 999 }))
  .map(([region, birth, order]) => {
    const first = `${region}${birth.toISOString().slice(0, 10).replaceAll('-', '')}${String(order).padStart(3, '0')}`;
    return first + checkDigit(first);
  });
const withCheck = (first17: string) => first17 + checkDigit(first17);

describe('ID numbers', () => {
  test('the check digits of the standard’s examples are theirs', () => {
    for (const example of EXAMPLES) expect(checkDigit(example.slice(0, 17))).toBe(example[17]);
    expect(isValidIdNumber(EXAMPLES[0] as string, NOW)).toBe(true);
  });

  test.each([
    ' 110105 19491231 002x ',
    '110105-19491231-002X',
    '110105·19491231·002Ｘ',
    '110105194912310\u200b02ｘ',
    '11010519491231002×',
    '11010519491231002Χ',
    '11010519491231002χ',
    '11010519491231002Х',
    '11010519491231002х',
    '１１０１０５１９４９１２３１００２Ｘ',
    '“11010519491231002X”。',
    '身份证号码：11010519491231002X',
    '身份证11010519491231002X',
    'ID: 11010519491231002X',
  ])('%s is stored as the standard writes it', (text) => {
    expect(readIdNumber(text, NOW)).toEqual({ idNumber: '11010519491231002X', fault: null });
    expect(normalizeIdNumber(text)).toBe('11010519491231002X');
  });

  test('every number with its check digit is valid, and with any one digit changed it is not', () => {
    fc.assert(
      fc.property(number, fc.nat(17), fc.integer({ min: 1, max: 9 }), (id, at, by) => {
        expect(isValidIdNumber(id, NOW)).toBe(true);
        const old = id[at] === 'X' ? 10 : Number(id[at]);
        const wrong = String((old + by) % 10);
        fc.pre(wrong !== id[at]);
        expect(isValidIdNumber(id.slice(0, at) + wrong + id.slice(at + 1), NOW)).toBe(false);
      }),
    );
  });

  test.each(['19490230', '19491301', '19490001', '19491200', '20230229', '00000101', '18991231', '20261201'])(
    'nobody who is alive is born on %s, even when the check digit fits',
    (birth) => {
      expect(readIdNumber(withCheck(`110105${birth}002`), NOW).fault).toEqual({ kind: 'birth' });
    },
  );

  test.each(['19000101', '20000229', '20261130'])('somebody may be born on %s', (birth) => {
    expect(isValidIdNumber(withCheck(`110105${birth}002`), NOW)).toBe(true);
  });

  test.each(['810000', '820000', '830000'])(
    'the residence permit of somebody from region %s has the same form',
    (region) => {
      expect(isValidIdNumber(withCheck(`${region}19900101001`), NOW)).toBe(true);
    },
  );

  test.each([
    ['h12345678', 'H12345678', 'H****5678'],
    ['M 1234 5678', 'M12345678', 'M****5678'],
    ['12345678', '12345678', '****5678'],
  ])('the travel permit %s is taken, and its mask hides four digits', (text, stored, mask) => {
    expect(readIdNumber(text, NOW)).toEqual({ idNumber: stored, fault: null });
    expect(maskIdNumber(stored)).toBe(mask);
  });

  test.each([
    ['1101O519491231002X', { kind: 'character', character: 'O', at: 5 }],
    ['110105 1949123l 002X', { kind: 'character', character: 'l', at: 15 }],
    ['X10105194912310020', { kind: 'character', character: 'X', at: 1 }],
    ['H1234567B', { kind: 'character', character: 'B', at: 9 }],
    ['', { kind: 'length', expected: 18, actual: 0 }],
    ['110105491231002', { kind: 'length', expected: 18, actual: 15 }],
    ['1101051949123102X', { kind: 'length', expected: 18, actual: 17 }],
    ['H1234567', { kind: 'length', expected: 9, actual: 8 }],
    ['01010519491231002X', { kind: 'start' }],
    ['110105194912310021', { kind: 'check-digit' }],
    ['11010519491213002X', { kind: 'check-digit' }],
  ])('of "%s" is said what is wrong, the check digit only where it is that', (text, fault) => {
    expect(readIdNumber(text, NOW)).toEqual({ idNumber: null, fault });
  });

  test('the masked form shows neither birth nor order', () => {
    expect(maskIdNumber('11010519491231002X')).toBe('110105********002X');
  });
});
