import { compactNumber, type NumberFault, typedCharacters, wrongCharacter } from './typed-number.ts';

/** Where mobile numbers may be from, by country code; the mainland is stored without it (MIIT, OFCA, CTT, NCC plans). */
const REGIONS = [
  { code: '86', length: 11, pattern: /^1[3-9]/ },
  { code: '852', length: 8, pattern: /^[4-9]/ },
  { code: '853', length: 8, pattern: /^6/ },
  { code: '886', length: 9, pattern: /^9/ },
] as const;
const MAINLAND = REGIONS[0];

/** A mobile number in its stored form, or what is wrong with what was given. */
export type PhoneReading = { phone: string; fault: null } | { phone: null; fault: NumberFault };
const faulty = (fault: NumberFault): PhoneReading => ({ phone: null, fault });

/**
 * Reads a mobile number of the mainland, Hong Kong, Macau or Taiwan however it was typed or pasted. The stored form is
 * eleven digits for the mainland, else `+852…`, `+853…`, `+886…`.
 */
export function readPhone(value: string): PhoneReading {
  const typed = typedCharacters(value);
  const hasPlus = typed[0]?.character === '+';
  const characters = hasPlus ? typed.slice(1) : typed;
  const wrong = wrongCharacter(characters);
  if (wrong) return faulty(wrong);
  const all = characters.map(({ character }) => character).join('');
  const isAbroad = hasPlus || /^00[1-9]/.test(all);
  const digits = all.replace(/^00(?=[1-9])/, '');
  const named = REGIONS.find(
    ({ code, length }) => digits.startsWith(code) && (isAbroad || digits.length >= code.length + length),
  );
  if (!named && isAbroad) return faulty({ kind: 'country' });
  const region = named ?? MAINLAND;
  // Within Taiwan a mobile number is dialled with a zero before it.
  const local = digits.slice(named?.code.length ?? 0).replace(/^0(?=9\d{8}$)/, '');
  if (local.length !== region.length)
    return faulty({ kind: 'length', expected: region.length, actual: local.length });
  if (!region.pattern.test(local)) return faulty({ kind: 'start' });
  return { phone: region === MAINLAND ? local : `+${region.code}${local}`, fault: null };
}

/** Whether a mobile number is well formed. */
export const isValidPhone = (value: string): boolean => readPhone(value).fault === null;

/** The stored form; of what is no number, its characters. */
export const normalizePhone = (value: string): string => readPhone(value).phone ?? compactNumber(value);

/** The last four digits: what staff tell customers apart by, and what opens the customer's page. */
export const phoneTail = (phone: string): string => phone.slice(-4);

/** How a number begins, which is shown before the customer has proved anything: `138`, `+852`. */
export const phoneStart = (phone: string): string => phone.slice(0, phone.startsWith('+') ? 4 : 3);

/** What a screen shows by default, four digits hidden: `138 **** 0021`, `+852 **** 4567`, `+886 9 **** 5678`. */
export function maskPhone(phone: string): string {
  const shown = phone.startsWith('+886') ? '+886 9' : phoneStart(phone);
  return `${shown} **** ${phoneTail(phone)}`;
}
