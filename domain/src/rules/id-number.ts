import { CHINA } from './china-time.ts';
import { compactNumber, type NumberFault, typedCharacters, wrongCharacter } from './typed-number.ts';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS = '10X98765432';
const RESIDENT_LENGTH = 18;
/** 港澳居民来往内地通行证: H or M and eight digits; 台湾居民来往大陆通行证: eight digits. */
const PERMIT_DIGITS = 8;

/** An identity number in its stored form, or what is wrong with what was given. */
export type IdNumberReading = { idNumber: string; fault: null } | { idNumber: null; fault: NumberFault };
const faulty = (fault: NumberFault): IdNumberReading => ({ idNumber: null, fault });

/**
 * Reads an identity number however it was typed or pasted: that of a resident identity card or of a residence permit
 * for people from Hong Kong, Macau and Taiwan (GB 11643-1999: 18 characters, a day of birth between 1900 and `now`, a
 * check digit by ISO 7064 MOD 11-2), or that of a travel permit (H or M and eight digits, or eight digits).
 * `now` is in milliseconds since the epoch.
 */
export function readIdNumber(value: string, now: number): IdNumberReading {
  const characters = typedCharacters(value);
  const text = characters.map(({ character }) => character).join('');
  if (/^[HM]/.test(text)) {
    const fault = wrongCharacter(characters.slice(1));
    if (fault) return faulty(fault);
    if (text.length !== PERMIT_DIGITS + 1)
      return faulty({ kind: 'length', expected: PERMIT_DIGITS + 1, actual: text.length });
    return { idNumber: text, fault: null };
  }
  const fault = wrongCharacter(text.endsWith('X') ? characters.slice(0, -1) : characters);
  if (fault) return faulty(fault);
  if (text.length === PERMIT_DIGITS) return { idNumber: text, fault: null };
  if (text.length !== RESIDENT_LENGTH)
    return faulty({ kind: 'length', expected: RESIDENT_LENGTH, actual: text.length });
  if (text.startsWith('0')) return faulty({ kind: 'start' });
  if (!isBirth(text.slice(6, 14), now)) return faulty({ kind: 'birth' });
  if (text[17] !== checkDigit(text.slice(0, 17))) return faulty({ kind: 'check-digit' });
  return { idNumber: text, fault: null };
}

/** Whether `yyyymmdd` is a day between 1900 and today in China. */
function isBirth(birth: string, now: number): boolean {
  const [year, month, day] = [Number(birth.slice(0, 4)), Number(birth.slice(4, 6)), Number(birth.slice(6))];
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDay =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay && year >= 1900 && date.getTime() <= now + CHINA;
}

/** Whether an identity number is well formed; see `readIdNumber`. */
export const isValidIdNumber = (value: string, now: number): boolean =>
  readIdNumber(value, now).fault === null;

/** The GB 11643 check digit of the first 17 digits. */
export function checkDigit(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(first17[index]), 0);
  return CHECK_DIGITS[sum % 11] as string;
}

/** The stored form: nothing between the characters, capital letters. */
export const normalizeIdNumber = compactNumber;

/**
 * What a screen shows by default: of a card region and last four (`330106********1234`), of a travel permit its letter
 * and last four (`H****5678`, `****5678`).
 */
export function maskIdNumber(id: string): string {
  if (id.length === RESIDENT_LENGTH) return `${id.slice(0, 6)}********${id.slice(-4)}`;
  return `${id.slice(0, -PERMIT_DIGITS)}****${id.slice(-4)}`;
}
