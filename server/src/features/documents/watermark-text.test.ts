import { expect, test } from 'vitest';
import { watermarkText } from './watermark.ts';

test('a page that is looked at carries the user name before the name that was chosen', () => {
  const viewer = { username: 'staff2', name: '何予安' };
  expect(watermarkText(viewer, new Date('2026-11-30T01:02:03Z'))).toBe('staff2 何予安 2026-11-30 09:02');
});
