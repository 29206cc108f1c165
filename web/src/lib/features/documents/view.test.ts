import { describe, expect, test } from 'vitest';
import { FITTED, sideways, turned, zoomed } from './view.ts';

describe('looking at a picture', () => {
  test('what is under the pointer stays under it', () => {
    const at = { x: 120, y: -40 };
    const before = { ...FITTED, x: 10, y: 20, zoom: 1.5 };
    const after = zoomed(before, 2, at);
    const under = (view: typeof before) => [(at.x - view.x) / view.zoom, (at.y - view.y) / view.zoom];
    expect(under(after)).toEqual(under(before));
    expect(after.zoom).toBe(3);
  });
  test('it gets no smaller than half and no larger than eightfold', () => {
    expect(zoomed(FITTED, 0.01).zoom).toBe(0.5);
    expect(zoomed(FITTED, 100).zoom).toBe(8);
  });
  test('four quarters are one turn, each fitting again', () => {
    let view = zoomed(FITTED, 3, { x: 50, y: 50 });
    for (let quarter = 0; quarter < 4; quarter += 1) view = turned(view, 1);
    expect(view).toEqual({ x: 0, y: 0, zoom: 1, turn: 360 });
    expect(turned(FITTED, -1).turn).toBe(-90);
  });
  test('a wide picture on its side is made to fit the height', () => {
    const stage = { width: 1000, height: 600 };
    expect(sideways({ width: 900, height: 500 }, stage, 90)).toBeCloseTo(600 / 900);
    expect(sideways({ width: 900, height: 500 }, stage, 180)).toBe(1);
    expect(sideways({ width: 300, height: 200 }, stage, -90)).toBe(1);
  });
});
