import { expect, test } from 'vitest';
import { hours, slaWords } from './waiting-time.ts';

const HOUR = 3_600_000;

test('a wait is said in hours and minutes, and a long one in days', () => {
  expect([0, 3.5 * HOUR, 99.99 * HOUR].map(hours)).toEqual(['0:00', '3:30', '99:59']);
  expect([100 * HOUR, 17_510 * HOUR].map(hours)).toEqual(['4 天', '729 天']);
  expect(
    slaWords({ level: 'overdue', remainingMs: -200 * HOUR } as Parameters<typeof slaWords>[0]),
  ).toContain('8 天');
});
