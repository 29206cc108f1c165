import { describe, expect, it } from 'vitest';
import { lacksRows } from './missing-rows.ts';

/** A picture of 8 × 6 whose pixels are `grey(x, y)`. */
const drawn = (grey: (x: number, y: number) => number) => ({
  getImageData: (left: number, top: number, width: number, height: number) => ({
    data: Array.from({ length: width * height }, (_, n) => {
      const value = grey(left + (n % width), top + Math.floor(n / width));
      return [value, value, value, 255];
    }).flat(),
  }),
});
const SIZE = { width: 8, height: 6 };

describe('a photograph of which the lower half did not arrive', () => {
  it.each([
    ['upright', (_x: number, y: number) => (y > 2 ? 128 : 200)],
    ['upside down', (_x: number, y: number) => (y < 3 ? 128 : 200)],
    ['turned', (x: number) => (x < 4 ? 128 : 200)],
    ['turned the other way', (x: number) => (x > 3 ? 128 : 200)],
  ])('is known by its grey edge, %s', (_how, grey) => {
    expect(lacksRows(drawn(grey), SIZE)).toBe(true);
  });

  it('is none that has grey in it, or a grey that is another', () => {
    expect(
      lacksRows(
        drawn((x, y) => (x === 3 || y === 3 ? 128 : 200)),
        SIZE,
      ),
    ).toBe(false);
    expect(
      lacksRows(
        drawn(() => 127),
        SIZE,
      ),
    ).toBe(false);
  });
});
