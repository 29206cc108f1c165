import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValidPhone, maskPhone, normalizePhone, phoneStart, readPhone } from './phone.ts';

describe('phone numbers', () => {
  test.each([
    '13800000021',
    '138 0000 0021',
    '138-0000-0021',
    '138–0000—0021',
    '138−0000‑0021',
    '(138) 0000 0021',
    '（138）0000.0021',
    '138·0000·0021',
    '１３８００００００２１',
    '138\u200b0000\u00a00021\ufeff',
    '\u202d13800000021\u202c',
    "'13800000021",
    '13800000021，',
    '+86 13800000021',
    '＋86-138-0000-0021',
    '86 138 0000 0021',
    '8613800000021',
    '008613800000021',
    '(+86)13800000021',
    'tel:+8613800000021',
    'TEL: 138 0000 0021',
    '手机：138 0000 0021',
    '联系电话13800000021',
    '\u200bMobile: +86 13800000021',
  ])('%s is a mobile number and stored as eleven digits', (text) => {
    expect(readPhone(text)).toEqual({ phone: '13800000021', fault: null });
  });

  test.each([
    ['+852 9123 4567', '+85291234567', '+852 **** 4567', '+852'],
    ['852-9123-4567', '+85291234567', '+852 **** 4567', '+852'],
    ['00852 91234567', '+85291234567', '+852 **** 4567', '+852'],
    ['+853 6612 3456', '+85366123456', '+853 **** 3456', '+853'],
    ['+886 912 345 678', '+886912345678', '+886 9 **** 5678', '+886'],
    ['+886 (0)912-345-678', '+886912345678', '+886 9 **** 5678', '+886'],
    ['886912345678', '+886912345678', '+886 9 **** 5678', '+886'],
  ])(
    '%s is a mobile number of Hong Kong, Macau or Taiwan, and its mask hides four digits',
    (text, stored, mask, start) => {
      expect(normalizePhone(text)).toBe(stored);
      expect(isValidPhone(text)).toBe(true);
      expect(normalizePhone(stored)).toBe(stored);
      expect(maskPhone(stored)).toBe(mask);
      expect(phoneStart(stored)).toBe(start);
    },
  );

  test.each([
    ['138OO000021', { kind: 'character', character: 'O', at: 4 }],
    ['138 0000 002l', { kind: 'character', character: 'l', at: 13 }],
    ['\u200b138 00a00021', { kind: 'character', character: 'a', at: 7 }],
    ['电话：138 00a00021', { kind: 'character', character: 'a', at: 10 }],
    ['张三13800000021', { kind: 'character', character: '张', at: 1 }],
    ['13800000021转', { kind: 'character', character: '转', at: 12 }],
    ['', { kind: 'length', expected: 11, actual: 0 }],
    ['1380000002', { kind: 'length', expected: 11, actual: 10 }],
    ['138000000210', { kind: 'length', expected: 11, actual: 12 }],
    ['+86 1380000002', { kind: 'length', expected: 11, actual: 10 }],
    ['+852 912 4567', { kind: 'length', expected: 8, actual: 7 }],
    ['12800000021', { kind: 'start' }],
    ['+853 2812 3456', { kind: 'start' }],
    ['+1 13800000021', { kind: 'country' }],
    ['0044 7700 900123', { kind: 'country' }],
  ])('of "%s" is said what is wrong', (text, fault) => {
    expect(readPhone(text)).toEqual({ phone: null, fault });
  });

  test('the stored form of a stored form is itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(1[3-9]\d{9}|\+852[4-9]\d{7}|\+8536\d{7}|\+8869\d{8})$/), (phone) => {
        expect(readPhone(phone)).toEqual({ phone, fault: null });
      }),
    );
  });

  test('the masked form hides the middle', () => {
    expect(maskPhone('13812340021')).toBe('138 **** 0021');
  });
});
