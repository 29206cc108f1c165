import { describe, expect, test } from 'vitest';
import { assessPhoto, coarse, type Frame, hasMoved, hasTooFewPixels, isCardCut } from './photo-quality.ts';

const [WIDTH, HEIGHT] = [320, 232];
const GUIDE = { x: 29, y: 33, width: 262, height: 166 };

function picture(colour: (x: number, y: number) => number): Frame {
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) data.fill(colour(x, y), (y * WIDTH + x) * 4, (y * WIDTH + x) * 4 + 3);
  }
  return { width: WIDTH, height: HEIGHT, data };
}

/** A light card with black bars between the given borders, on a dark desk. */
const card = (left: number, top: number, right: number, bottom: number) => (x: number, y: number) => {
  if (x < left || x >= right || y < top || y >= bottom) return 60;
  const isBar = x > left + 30 && x < right - 60 && y > top + 30 && (y - top) % 24 < 4 && x % 9 < 5;
  return isBar ? 40 : 200;
};
const good = card(34, 37, 286, 196);

describe('a card in its guide', () => {
  test('nothing is said against one that fills it', () => {
    const quality = assessPhoto(picture(good), GUIDE);
    expect(quality).toMatchObject({ hint: 'ok', corners: [true, true, true, true], move: { x: 0, y: 0 } });
    expect(quality.scores.fill).toBeCloseTo((252 * 159) / (262 * 166), 1);
  });

  test('one that sticks out at the right asks to move the phone to the right', () => {
    const quality = assessPhoto(picture(card(60, 37, 312, 196)), GUIDE);
    expect(quality).toMatchObject({ hint: 'cut', move: { x: 1, y: 0 }, corners: [true, false, false, true] });
  });

  test('one that leaves the picture at the bottom left asks to move there', () => {
    const quality = assessPhoto(picture(card(-30, 90, 222, 249)), GUIDE);
    expect(quality).toMatchObject({ hint: 'cut', move: { x: -1, y: 1 } });
    expect(quality.corners?.[1]).toBe(true);
  });

  test('one that sticks out on both sides is too close', () => {
    expect(assessPhoto(picture(card(8, 22, 312, 214)), GUIDE).hint).toBe('too-close');
  });

  test('one that is far away is too small', () => {
    expect(assessPhoto(picture(card(96, 75, 224, 156)), GUIDE).hint).toBe('too-small');
  });

  test('an empty desk is no card', () => {
    expect(
      assessPhoto(
        picture((x, y) => 120 + ((x * 7 + y * 13) % 5)),
        GUIDE,
      ).hint,
    ).toBe('no-card');
  });

  test('what is worse is said first', () => {
    const dim = picture((x, y) => card(60, 37, 312, 196)(x, y) * 0.2);
    expect(assessPhoto(dim, GUIDE)).toMatchObject({ hint: 'dark', cut: true });
  });
});

describe('a picture without a guide', () => {
  test('is judged by light, glare and sharpness only', () => {
    const quality = assessPhoto(picture(card(60, 37, 312, 196)), null);
    expect(quality).toMatchObject({ hint: 'ok', corners: null, cut: false });
  });

  test('is never called dark or glaring when no camera took it: night mode and white paper are not the light', () => {
    const night = picture((x, y) => ((x * 3 + y) % 19 < 3 ? 90 : 12));
    expect(assessPhoto(night, null)).toMatchObject({ dark: true, hint: 'dark' });
    expect(assessPhoto(night, null, false)).toMatchObject({ dark: false, hint: 'ok' });
    const spot = (x: number, y: number) => good(x, y) + 300 / (1 + (Math.hypot(x - 200, y - 110) / 30) ** 4);
    expect(assessPhoto(picture(spot), null).glare).toBe(true);
    expect(assessPhoto(picture(spot), null, false).glare).toBe(false);
  });

  test.each([
    [290, 194, true, true],
    [290, 194, false, true],
    [640, 400, true, false],
    [400, 640, true, false],
    [1080, 20_000, false, false],
    [300, 3000, false, true],
  ])('of %d × %d pixels (a card: %s) has too few to be read: %s', (width, height, isCard, tooFew) =>
    expect(hasTooFewPixels({ width, height }, isCard)).toBe(tooFew),
  );

  test('shows that a card is half outside, whichever way it lies, and says nothing of a whole one', () => {
    const upright = (of: (x: number, y: number) => number) => {
      const { data } = picture(of);
      const turned = new Uint8ClampedArray(data.length);
      for (let y = 0; y < HEIGHT; y++)
        for (let x = 0; x < WIDTH; x++)
          for (let part = 0; part < 4; part++)
            turned[(x * HEIGHT + y) * 4 + part] = data[(y * WIDTH + x) * 4 + part] as number;
      return { width: HEIGHT, height: WIDTH, data: turned };
    };
    for (const view of [picture, upright]) {
      expect(isCardCut(view(card(40, 37, 292, 196)))).toBe(false);
      expect(isCardCut(view(card(-120, 37, 132, 196)))).toBe(true);
      expect(isCardCut(view(card(200, 37, 452, 196)))).toBe(true);
    }
    expect(isCardCut(picture((x, y) => 120 + ((x * 7 + y * 13) % 5)))).toBe(false);
  });

  test('a white field that ends in a sharp line is print, a spot that fades out is glare', () => {
    const print = (x: number, y: number) => (x > 200 && x < 260 && y > 80 && y < 140 ? 255 : good(x, y));
    expect(assessPhoto(picture(print), GUIDE).glare).toBe(false);
    const spot = (x: number, y: number) => good(x, y) + 300 / (1 + (Math.hypot(x - 200, y - 110) / 30) ** 4);
    expect(assessPhoto(picture(spot), GUIDE)).toMatchObject({ glare: true, hint: 'glare' });
  });
});

describe('standing still', () => {
  const before = coarse(picture(good));

  test('the same picture, a little brighter, has not moved', () => {
    expect(hasMoved(before, coarse(picture((x, y) => good(x, y) * 1.15)))).toBe(false);
  });

  test('a picture shifted by a fifteenth of the card has', () => {
    expect(hasMoved(before, coarse(picture((x, y) => good(x - 18, y - 6))))).toBe(true);
  });
});
