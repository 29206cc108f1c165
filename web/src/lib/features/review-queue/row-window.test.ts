import { expect, test } from 'vitest';
import { type Line, windowOf } from './row-window.ts';

const SIZES = { row: 49, group: 31 };
const many: Line[] = [
  { level: 'overdue', before: 'row' },
  ...Array.from({ length: 10_000 }, (_, index): Line => ({ id: `c${index}`, index })),
];
const whole = 31 + 10_000 * 49;

test.each([0, 1, 5_000, 250_000, whole, whole + 10_000])('scrolled to %i nothing is lost or moved', (top) => {
  const { lines, above, below } = windowOf(many, { top, height: 800, ...SIZES });
  const drawn = lines.reduce((sum, line) => sum + (line.level ? 31 : 49), 0);
  expect(above + drawn + below).toBe(whole);
  expect(lines.length).toBeLessThan(50);
  expect(above).toBeLessThanOrEqual(top);
});

test('a short list is drawn whole', () => {
  const few = many.slice(0, 5);
  expect(windowOf(few, { top: 0, height: 800, ...SIZES })).toEqual({ lines: few, above: 0, below: 0 });
});

test('what is in view is drawn, in its order', () => {
  const { lines, above } = windowOf(many, { top: 31 + 49 * 1_000, height: 490, ...SIZES });
  expect(above + MARGIN_AND_ROW).toBeGreaterThanOrEqual(31 + 49 * 1_000);
  for (let index = 1_000; index < 1_010; index += 1)
    expect(lines.some((line) => line.id === `c${index}`)).toBe(true);
});

const MARGIN_AND_ROW = 300 + 49;
