import { describe, expect, test } from 'vitest';
import {
  between,
  FITTED,
  filling,
  fitted,
  isTall,
  kept,
  leastMark,
  nudged,
  onPage,
  placeOf,
  screenStep,
  scrolled,
  turned,
  zoomedAt,
} from './geometry.ts';

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

describe('looking at a page that is read by scrolling', () => {
  const screenshot = { width: 1080, height: 20_000 };
  const stage = { width: 720, height: 700 };
  const sheet = filling(screenshot, stage.width, 0);

  test('it fills the width, begins at its head and ends at its end', () => {
    expect(isTall(screenshot, 0)).toBe(true);
    expect(isTall({ width: 20_000, height: 1080 }, 1)).toBe(true);
    expect([isTall(screenshot, 1), isTall({ width: 595, height: 842 }, 0)]).toEqual([false, false]);
    expect(sheet.width).toBe(720);
    const head = scrolled({ ...FITTED, atHead: true }, sheet, stage);
    expect(placeOf(head, sheet, stage)).toMatchObject({ from: 0, screen: 1 });
    expect(scrolled({ ...head, y: head.y + 500 }, sheet, stage)).toEqual(head);
    const end = scrolled({ ...head, y: -1e6 }, sheet, stage);
    const place = placeOf(end, sheet, stage);
    expect([place.to, place.screen]).toEqual([1, place.screens]);
  });

  test('screen after screen shows all of it, and counts them', () => {
    let view = scrolled({ ...FITTED, atHead: true }, sheet, stage);
    let seen = 0;
    const { screens } = placeOf(view, sheet, stage);
    for (let screen = 1; screen <= screens; screen++) {
      const place = placeOf(view, sheet, stage);
      expect(place.screen).toBe(screen);
      expect(place.from).toBeLessThanOrEqual(seen);
      seen = place.to;
      view = scrolled({ ...view, y: view.y - screenStep(stage) }, sheet, stage);
    }
    expect(seen).toBe(1);
  });

  test('a mark on it may be as small as on any other', () => {
    const least = leastMark(screenshot);
    expect(least.height * screenshot.height).toBeCloseTo(least.width * screenshot.width);
    const small = { x: 0.5, y: 0.5, width: 0.1, height: 0.002 };
    expect(nudged(small, { y: 0.001 }, least)).toEqual({ ...small, y: 0.501 });
  });
});
