import { CARD_FRAME_WIDTH } from '@qijian/domain/rules/photo-quality.ts';
import { expect, test } from 'vitest';
import { filmPart, inPicture, lookAt, withMargin } from './geometry.ts';

const PHONE = { width: 390, height: 844 };

test('a picture wider than the screen is cut at its sides, and the middle stays the middle', () => {
  const picture = { width: 1080, height: 1920 };
  const all = inPicture({ x: 0, y: 0, ...PHONE }, PHONE, picture);
  expect(all.height).toBeCloseTo(1920);
  expect(all.width).toBeCloseTo((1920 * 390) / 844);
  expect(all.x + all.width / 2).toBeCloseTo(540);
});

test('a picture lower than the screen is cut above and below', () => {
  const stage = { width: 1000, height: 1000 };
  const part = inPicture({ x: 250, y: 250, width: 500, height: 500 }, stage, { width: 640, height: 480 });
  expect(part.x).toBeCloseTo(200);
  expect(part.y).toBeCloseTo(120);
  expect([part.width, part.height].map(Math.round)).toEqual([240, 240]);
});

test('a margin ends where the picture ends', () => {
  const guide = { x: 10, y: 100, width: 200, height: 126 };
  expect(withMargin(guide, 0.1, { width: 220, height: 400 })).toEqual({
    x: 0,
    y: 80,
    width: 220,
    height: 166,
  });
});

test('of a still that is higher or wider than the film, the middle is what the film shows', () => {
  const film = { width: 1920, height: 1080 };
  expect(filmPart({ width: 4000, height: 3000 }, film)).toEqual({ x: 0, y: 375, width: 4000, height: 2250 });
  expect(filmPart({ width: 5000, height: 3000 }, { width: 1600, height: 1200 })).toEqual({
    x: 500,
    y: 0,
    width: 4000,
    height: 3000,
  });
  expect(filmPart(film, film)).toEqual({ x: 0, y: 0, ...film });
});

test('the guide is judged at the same size whatever the camera and the margin', () => {
  const guide = { x: 120, y: 700, width: 840, height: 530 };
  const wide = lookAt(guide, { width: 1080, height: 1920 });
  const close = lookAt(guide, { width: 1080, height: 1920 }, 0.02);
  expect(wide.guide.width).toBeCloseTo(close.guide.width);
  expect(wide.frame.width).toBe(CARD_FRAME_WIDTH);
  expect(wide.guide.x).toBeCloseTo((wide.frame.width - wide.guide.width) / 2, 0);
});
