import { expect, test } from 'vitest';
import { linkEnd, linkProblem, linkState } from './upload-links.ts';

const NOW = Date.UTC(2026, 2, 1);
const link = { revokedAt: null, failedTries: 0, expiresAt: new Date(NOW), replacedBy: null };
const locked = { ...link, failedTries: 5 };
const revoked = { ...locked, revokedAt: new Date(NOW) };

test.each([
  [link, NOW - 1, 'active'],
  [link, NOW, 'expired'],
  [{ ...link, failedTries: 4 }, NOW - 1, 'active'],
  [locked, NOW - 1, 'locked'],
  [revoked, NOW + 1, 'revoked'],
] as const)('%j is at %s %s', (given, now, state) => {
  expect(linkState(given, now)).toBe(state);
});

test.each([
  ['an active link', link, NOW - 1, null, null],
  ['a locked one', locked, NOW - 1, 'link-locked', null],
  ['an expired one', link, NOW, 'link-expired', 'link-expired'],
  ['a withdrawn one', revoked, NOW, 'link-revoked', 'link-revoked'],
  ['a replaced one', { ...revoked, replacedBy: 'another' }, NOW, 'link-replaced', 'link-replaced'],
] as const)(
  '%s says why it opens nothing, and whether what it had opened stays',
  (_name, given, now, ...said) => {
    expect([linkProblem(given, now), linkEnd(given, now)]).toEqual(said);
  },
);
