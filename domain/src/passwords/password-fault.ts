import { PASSWORD_LENGTH } from '../rules/password-length.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** How many characters must be left once what can be guessed is taken out. */
const OWN = 5;

/** What is wrong with a new password. */
export type PasswordFault = 'length' | 'common' | 'user-name' | 'pattern';

/** Rows and columns of a keyboard, the alphabet and the digits: neighbours here follow each other without a thought. */
const RUNS = [
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  '!@#$%^&*()',
  ...['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik,', '9ol.', '0p;/'],
].flatMap((run) => [run, [...run].reverse().join('')]);

/**
 * Why nobody may choose this as a new password, or null: the one rule wherever one is set. Passwords that were chosen
 * before it go on being good for signing in.
 */
export function passwordFault(password: string, username = ''): PasswordFault | null {
  const { least, most } = PASSWORD_LENGTH;
  if (password.length < least || password.length > most) return 'length';
  const plain = password.toLowerCase();
  if (COMMON_PASSWORDS.has(plain)) return 'common';
  const name = username.toLowerCase();
  if (name.length >= 3 && plain.includes(name) && plain.replaceAll(name, '').length < OWN) return 'user-name';
  return freeCharacters(plain) < OWN || isRepeated(plain) ? 'pattern' : null;
}

/** How many characters neither repeat the one before nor go on a run of three and more. */
function freeCharacters(text: string): number {
  let free = 0;
  for (let at = 0; at < text.length; ) {
    free += 1;
    at += lengthOfRun(text, at);
  }
  return free;
}

function lengthOfRun(text: string, from: number): number {
  let length = 1;
  while (text[from + length] === text[from]) length += 1;
  for (const run of RUNS) {
    let long = 2;
    while (from + long <= text.length && run.includes(text.slice(from, from + long))) long += 1;
    if (long - 1 >= 3) length = Math.max(length, long - 1);
  }
  return length;
}

/** The same few characters over and over. */
const isRepeated = (text: string) => /^(.{1,5}?)\1+(.{0,4})$/s.test(text) && new Set(text).size <= OWN;
