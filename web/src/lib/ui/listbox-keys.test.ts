import { expect, test } from 'vitest';
import { listboxMove } from './listbox-keys.ts';

test('the arrows lead through a list and stop at its ends', () => {
  expect(listboxMove('ArrowDown', 0, 3)).toBe(1);
  expect(listboxMove('ArrowDown', 2, 3)).toBe(2);
  expect(listboxMove('ArrowUp', 0, 3)).toBe(0);
});

test('where a list goes around, the arrows go on at its other end', () => {
  expect(listboxMove('ArrowDown', 2, 3, { around: true })).toBe(0);
  expect(listboxMove('ArrowUp', 0, 3, { around: true })).toBe(2);
});

test('every other key, and every key in an empty list, stays with the field', () => {
  expect(listboxMove('Enter', 1, 3)).toBeUndefined();
  expect(listboxMove('ArrowDown', 0, 0)).toBeUndefined();
});
