import { expect, test } from 'vitest';
import { moved } from './pages.ts';

test('a page moves forwards and backwards and the others keep their order', () => {
  expect(moved(['a', 'b', 'c', 'd'], 3, 1)).toEqual(['a', 'd', 'b', 'c']);
  expect(moved(['a', 'b', 'c', 'd'], 0, 2)).toEqual(['b', 'c', 'a', 'd']);
});

test('the list that was given is left as it was', () => {
  const pages = ['a', 'b'];
  moved(pages, 0, 1);
  expect(pages).toEqual(['a', 'b']);
});
