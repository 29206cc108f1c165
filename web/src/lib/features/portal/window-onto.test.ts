import { expect, test } from 'vitest';
import { windowOnto } from './window-onto.ts';

const screenshot = { width: 160, height: 2963 };

test('the place marked on a long screenshot is in the window, as wide as the card', () => {
  for (const y of [0, 0.02, 0.5, 0.99]) {
    const place = { x: 0.25, y, width: 0.5, height: 0.01 };
    const shown = windowOnto(screenshot, 165, place);
    expect(shown.width).toBe(165);
    const from = shown.top + place.y * shown.height;
    expect(from).toBeGreaterThan(-0.01);
    expect(from + place.height * shown.height).toBeLessThan(96.01);
    // Nothing but picture is in the window.
    expect(shown.top).toBeLessThanOrEqual(0);
    expect(shown.top + shown.height).toBeGreaterThanOrEqual(96);
  }
});

test('a picture that is long to the side fills the height and shows its marked place', () => {
  const shown = windowOnto({ width: 2963, height: 160 }, 165, { x: 0.9, y: 0.1, width: 0.02, height: 0.5 });
  expect(shown.height).toBe(96);
  expect(shown.left + 0.9 * shown.width).toBeGreaterThanOrEqual(0);
  expect(shown.left + 0.92 * shown.width).toBeLessThanOrEqual(165);
});

test('without a marked place its head is shown', () => {
  expect(windowOnto(screenshot, 165, null)).toMatchObject({ left: 0, top: 0 });
});
