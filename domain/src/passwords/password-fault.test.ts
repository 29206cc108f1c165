import { expect, test } from 'vitest';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { type PasswordFault, passwordFault } from './password-fault.ts';

test.each<[string, PasswordFault | null]>([
  ['nine-char', 'length'],
  ['x'.repeat(201), 'length'],
  ['password123', 'common'],
  ['Manchester', 'common'],
  ['1qaz2wsx3edc', 'common'],
  ['lin.xiao12', 'user-name'],
  ['LIN.XIAOlin.xiao', 'user-name'],
  ['aaaaaaaaaaaa', 'pattern'],
  ['abababababab', 'pattern'],
  ['qwertyasdfgzxcv0', 'pattern'],
  ['abcdefgh1234', 'pattern'],
  ['9876543210abc', 'pattern'],
  ['1111222233334444', 'pattern'],
  ['another long password', null],
  ['lin.xiao likes tea', null],
  ['三棵树旁边的那只猫在睡觉', null],
  ['tr0ub4dor-and-3', null],
])('%s as a new password: %s', (password, fault) => {
  expect(passwordFault(password, 'lin.xiao')).toBe(fault);
});

test('every common password is refused, however it is written', () => {
  expect(COMMON_PASSWORDS.size).toBeGreaterThan(1_500);
  for (const common of COMMON_PASSWORDS) expect(passwordFault(common.toUpperCase()), common).toBe('common');
});

test.each(['a', 'ab', 'abcde'])('the longest password of %s over and over is a pattern too', (piece) => {
  expect(passwordFault(piece.repeat(200 / piece.length))).toBe('pattern');
});
