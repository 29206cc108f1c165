import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visibleText } from './visible-text.ts';

test.each([
  ['何予安', '何予安'],
  ['  何予安　', '何予安'],
  ['何\u200b予\ufeff安', '何予安'],
  ['\u202e安予何\u202c', '安予何'],
  ['何予安\n2026-01-01', '何予安 2026-01-01'],
  ['Anna \u2003  \u200b Maria', 'Anna Maria'],
  ['Jose\u0301', 'José'],
  ['阿卜杜·热合曼', '阿卜杜·热合曼'],
  ['𠮷田', '𠮷田'],
])('the name %j is kept as %j', (given, kept) => {
  expect(visibleText(given)).toBe(kept);
});

test.each([
  '',
  ' ',
  '\u200b',
  '\u202e',
  '\u3164',
  '\u2800',
  '\uffa0',
  '\u00ad',
  '\n',
  '\u0301',
  '\u2800\u3164 \u200b',
])('nothing of %j can be seen', (given) => {
  expect(visibleText(given)).toBe('');
});

test('the form is stable: what is in it stays as it is', () => {
  const character = fc.constantFrom(
    ...'何𠮷é·a ',
    '\u0301',
    '\u1100',
    '\u1161',
    '\u200b',
    '\u2800',
    '\u3000',
    '\n',
    '\ufe0f',
  );
  fc.assert(
    fc.property(
      fc.array(character).map((all) => all.join('')),
      (given) => {
        expect(visibleText(visibleText(given))).toBe(visibleText(given));
      },
    ),
  );
});
