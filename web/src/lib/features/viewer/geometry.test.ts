import { describe, expect, test } from 'vitest';
import { between, FITTED, fitted, kept, nudged, onPage, turned, zoomedAt } from './geometry.ts';

const page = { width: 400, height: 600 };

describe('looking at a page', () => {
  test('what is under the pointer stays there however one zooms', () => {
    const at = { x: 120, y: -90 };
    let view = { ...FITTED, x: 30, y: 40 };
    const before = onPage(view, page, at);
    for (const factor of [1.25, 2, 0.5, 1.1]) view = zoomedAt(view, factor, at);
    const after = onPage(view, page, at);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
  });

  test('zoom ends at a quarter and at eight times', () => {
    expect(zoomedAt(FITTED, 100).zoom).toBe(8);
    expect(zoomedAt(FITTED, 0.001).zoom).toBe(0.25);
  });

  test('a page that lies on its side fits as such', () => {
    expect(fitted(page, { width: 600, height: 400 }, 1)).toEqual({ width: 400, height: 600 });
    expect(fitted(page, { width: 600, height: 300 }, 0)).toEqual({ width: 200, height: 300 });
  });

  test.each([0, 1, 2, 3])(
    'after %i quarter turns a point is found where it is on the upright page',
    (turns) => {
      const point = { x: 0.25, y: 0.1 };
      const dx = (point.x - 0.5) * page.width;
      const dy = (point.y - 0.5) * page.height;
      const onStage = [
        { x: dx, y: dy },
        { x: -dy, y: dx },
        { x: -dx, y: -dy },
        { x: dy, y: -dx },
      ][turns] as { x: number; y: number };
      const found = onPage({ ...FITTED, turns }, page, onStage);
      expect(found.x).toBeCloseTo(point.x);
      expect(found.y).toBeCloseTo(point.y);
    },
  );

  test('four turns are none, also for what was moved', () => {
    let view = { ...FITTED, x: 12, y: -7 };
    for (let n = 0; n < 4; n++) view = turned(view, 1);
    expect(view).toEqual({ ...FITTED, x: 12, y: -7 });
    expect(turned(turned(view, 1), -1)).toEqual(view);
  });

  test('a page cannot be pushed out of the stage', () => {
    const far = kept({ ...FITTED, x: 9_999, y: -9_999 }, page, { width: 800, height: 700 });
    expect(far.x).toBeLessThan(600);
    expect(far.y).toBeGreaterThan(-650);
  });

  test('a mark is the same whichever corner one begins at, and stays on the page', () => {
    expect(between({ x: 0.8, y: 0.2 }, { x: 0.3, y: 0.6 })).toEqual(
      between({ x: 0.3, y: 0.6 }, { x: 0.8, y: 0.2 }),
    );
    expect(nudged({ x: 0.9, y: 0.9, width: 0.1, height: 0.1 }, { x: 0.2, y: 0.2 })).toEqual({
      x: 0.9,
      y: 0.9,
      width: 0.1,
      height: 0.1,
    });
  });
});
