import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValidPhone, maskPhone, normalizePhone } from './phone.ts';

describe('phone numbers', () => {
  test.each(['13800000021', '138 0000 0021', '138-0000-0021', '+86 13800000021', '008613800000021'])(
    '%s is a mobile number and stored as eleven digits',
    (text) => {
      expect(isValidPhone(text)).toBe(true);
      expect(normalizePhone(text)).toBe('13800000021');
    },
  );

  test.each([
    '',
    '12800000021',
    '1380000002',
    '138000000210',
    '23800000021',
    '+1 13800000021',
    '1380000002a',
  ])('"%s" is not a mobile number', (text) => {
    expect(isValidPhone(text)).toBe(false);
  });

  test('the stored form of a stored form is itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^1[3-9]\d{9}$/), (phone) => {
        expect(isValidPhone(phone)).toBe(true);
        expect(normalizePhone(phone)).toBe(phone);
      }),
    );
  });

  test('the masked form hides the middle', () => {
    expect(maskPhone('13812340021')).toBe('138 **** 0021');
  });
});
