const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS = '10X98765432';

/**
 * Whether a resident identity number is well formed: 18 characters, a real date of birth, and the check digit of
 * GB 11643-1999 (ISO 7064 MOD 11-2). Accepts a lower-case x.
 */
export function isValidIdNumber(value: string): boolean {
  const id = normalizeIdNumber(value);
  if (!/^[1-9]\d{16}[\dX]$/.test(id)) return false;
  const [year, month, day] = [Number(id.slice(6, 10)), Number(id.slice(10, 12)), Number(id.slice(12, 14))];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return false;
  return id[17] === checkDigit(id.slice(0, 17));
}

/** The GB 11643 check digit of the first 17 digits. */
export function checkDigit(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(first17[index]), 0);
  return CHECK_DIGITS[sum % 11] as string;
}

/** The stored form: no spaces, capital X. */
export function normalizeIdNumber(value: string): string {
  return value.replace(/\s/g, '').toUpperCase();
}

/** What a screen shows by default: region and last four, e.g. `330106********1234`. */
export function maskIdNumber(id: string): string {
  return `${id.slice(0, 6)}********${id.slice(-4)}`;
}
