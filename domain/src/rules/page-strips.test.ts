import { describe, expect, test } from 'vitest';
import { stripBox, stripsOf } from './page-strips.ts';

describe('cutting a page into strips', () => {
  test.each([
    ['a scrolled screenshot', { width: 1080, height: 20_000 }, false, { width: 1080, height: 20_000 }, 10],
    [
      'a photograph of 48 megapixels',
      { width: 8064, height: 6048 },
      false,
      { width: 8064, height: 6048 },
      23,
    ],
    ['a panorama', { width: 12_000, height: 2000 }, false, { width: 12_000, height: 2000 }, 12],
    [
      'a page of a PDF for a phone',
      { width: 390, height: 12_000 },
      true,
      { width: 1200, height: 36_923 },
      21,
    ],
    ['a line', { width: 2, height: 2_000_000 }, false, { width: 1, height: 200_000 }, 100],
    ['a page as thin as a hair', { width: 1, height: 100_000 }, true, { width: 2, height: 200_000 }, 100],
  ])('%s', (_what, page, isPdf, size, count) => {
    expect(stripsOf(page, isPdf)).toEqual({ size, count });
  });

  test('a page whose picture shows all there is has none', () => {
    expect(stripsOf({ width: 1600, height: 1200 }, false)).toBeNull();
    expect(stripsOf({ width: 595, height: 842 }, true)).toBeNull();
  });

  test('the strips cover a page without gap or overlap, none larger than a screen', () => {
    for (const page of [
      { width: 1080, height: 20_000 },
      { width: 12_001, height: 2003 },
      { width: 7000, height: 7001 },
    ]) {
      const { count, size } = stripsOf(page, false) ?? { count: 0, size: page };
      let at = 0;
      for (let n = 0; n < count; n++) {
        const box = stripBox(size, n, count);
        expect(page.height >= page.width ? box.top : box.left).toBe(at);
        at += page.height >= page.width ? box.height : box.width;
        expect(box.width * box.height).toBeLessThan(2_200_000);
      }
      expect(at).toBe(Math.max(page.width, page.height));
    }
  });
});
