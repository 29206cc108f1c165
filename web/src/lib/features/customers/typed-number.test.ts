import { describe, expect, it } from 'vitest';
import { typedNumber } from './typed-number.ts';

describe('a number as people type it', () => {
  it.each([
    ['1000', 1000],
    [' 1 000 ', 1000],
    ['1,000', 1000],
    ['1，000', 1000],
    ['12,345,678.5', 12_345_678.5],
    ['１２．５', 12.5],
    ['30.', 30],
  ])('%j is %d', (text, number) => {
    expect(typedNumber(text)).toBe(number);
  });

  it.each(['', '-', '-5', '1,00', '10,0000', '12 万', '1e3', '0x10', 'abc'])('%j is none', (text) => {
    expect(typedNumber(text)).toBeNull();
  });
});
