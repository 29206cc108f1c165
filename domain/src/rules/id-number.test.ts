import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDigit, isValidIdNumber, maskIdNumber, normalizeIdNumber } from './id-number.ts';

/** The example of GB 11643, and the one that ends in X. */
const EXAMPLES = ['11010519491231002X', '440524188001010014'];
const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2025-12-31'), noInvalidDate: true });
const number = fc
  .tuple(fc.integer({ min: 110000, max: 659999 }), day, fc.integer({ min: 0, max: 999 }))
  .map(([region, birth, order]) => {
    const first = `${region}${birth.toISOString().slice(0, 10).replaceAll('-', '')}${String(order).padStart(3, '0')}`;
    return first + checkDigit(first);
  });

describe('ID numbers', () => {
  test.each(EXAMPLES)('%s of the standard is valid', (example) => {
    expect(isValidIdNumber(example)).toBe(true);
  });

  test('a small x and blanks are accepted and stored as the standard writes them', () => {
    expect(isValidIdNumber(' 110105 19491231 002x ')).toBe(true);
    expect(normalizeIdNumber(' 110105 19491231 002x ')).toBe('11010519491231002X');
  });

  test('every number with its check digit is valid, and with any one digit changed it is not', () => {
    fc.assert(
      fc.property(number, fc.nat(17), fc.integer({ min: 1, max: 9 }), (id, at, by) => {
        expect(isValidIdNumber(id)).toBe(true);
        const old = id[at] === 'X' ? 10 : Number(id[at]);
        const wrong = String((old + by) % 10);
        fc.pre(wrong !== id[at]);
        expect(isValidIdNumber(id.slice(0, at) + wrong + id.slice(at + 1))).toBe(false);
      }),
    );
  });

  test.each(['19490230', '19491301', '19490001', '19491200', '20230229', '00000101'])(
    'nobody is born on %s, even when the check digit fits',
    (birth) => {
      const first = `110105${birth}002`;
      expect(isValidIdNumber(first + checkDigit(first))).toBe(false);
    },
  );

  test('29 February exists in leap years', () => {
    const first = '11010520000229002';
    expect(isValidIdNumber(first + checkDigit(first))).toBe(true);
  });

  test.each(['', '110105491231002', '1101051949123100X2', '11010519491231002XX', '01010519491231002X'])(
    '"%s" is no ID number',
    (text) => {
      expect(isValidIdNumber(text)).toBe(false);
    },
  );

  test('the masked form shows neither birth nor order', () => {
    expect(maskIdNumber('11010519491231002X')).toBe('110105********002X');
  });
});
