import { expect, test } from 'vitest';
import { HOLD_MS, type Settling, settle, wind } from './shutter.ts';

test('the shutter releases after all checks held for 700 ms', () => {
  let wound = 0;
  let passed = 0;
  while (wound < 1) {
    wound = wind(wound, true, 70);
    passed += 70;
  }
  expect(passed).toBeGreaterThanOrEqual(HOLD_MS);
  expect(passed).toBeLessThanOrEqual(HOLD_MS + 70);
});

test('one bad frame throws it back but does not start again, a second of them does', () => {
  const nearly = wind(wind(wind(0, true, 200), true, 200), true, 200);
  const after = wind(nearly, false, 80);
  expect(after).toBeGreaterThan(0.5);
  expect(after).toBeLessThan(nearly);
  expect(wind(wind(wind(after, false, 250), false, 250), false, 250)).toBe(0);
});

test('a pause of the camera does not count as holding still', () => {
  expect(wind(0, true, 5000)).toBeLessThan(0.5);
});

test('a hint is shown when it stayed for a quarter of a second, and stays while others flicker by', () => {
  let state: Settling | null = null;
  state = settle(state, 'dark', 0);
  expect(state.shown).toBeNull();
  state = settle(state, 'dark', 260);
  expect(state.shown).toBe('dark');
  state = settle(state, 'ok', 330);
  state = settle(state, 'dark', 400);
  expect(state.shown).toBe('dark');
  state = settle(settle(state, 'ok', 500), 'ok', 760);
  expect(state.shown).toBe('ok');
});
