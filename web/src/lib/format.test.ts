import { expect, test } from 'vitest';
import { ago, clock, dayWords, moment } from './format.ts';

test('digits stand apart from Chinese words wherever a time is written', () => {
  const at = '2026-12-03T21:07:00.000Z';
  const later = Date.parse(at) + 40 * 86_400_000;
  expect(moment(at)).toBe('2026 年 12 月 4 日 05:07');
  expect(clock(at, later)).toBe('12 月 4 日 05:07');
  expect(dayWords(at, later)).toBe('2026 年 12 月 4 日');
  expect(ago(at, Date.parse(at) + 240_000)).toBe('4 分钟前');
});
