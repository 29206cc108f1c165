import { expect, test } from 'vitest';
import { watermarkText } from './watermark.ts';

test('a page that is looked at carries the user name and the end of the id before the name', () => {
  const viewer = { userId: '0199a000-0000-7000-8000-00000abc1234', username: 'staff2', name: '何予安' };
  expect(watermarkText(viewer, new Date('2026-11-30T01:02:03Z'))).toBe(
    'staff2 #bc1234 何予安 2026-11-30 09:02',
  );
});
