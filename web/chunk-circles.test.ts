import { expect, test } from 'vitest';
import { circleIn } from './chunk-circles.ts';

const chunk = (...imports: string[]) => ({ type: 'chunk' as const, imports });

test('files that need each other are found, however far apart', () => {
  expect(circleIn({ a: chunk('b', 'c'), b: chunk('c'), c: chunk('d'), d: chunk('b') })).toEqual([
    'b',
    'c',
    'd',
    'b',
  ]);
});

test('files that share others have no circle', () => {
  expect(
    circleIn({ a: chunk('b', 'c'), b: chunk('d'), c: chunk('d'), d: chunk(), e: { type: 'asset' } }),
  ).toBeNull();
});
