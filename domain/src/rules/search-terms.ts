import { maskIdNumber } from './id-number.ts';
import { maskPhone, readPhone } from './phone.ts';
import { compactNumber } from './typed-number.ts';
import { visibleText } from './visible-text.ts';

/** Raised whenever `customerSearchTerms` makes other terms of the same customer; a worker then makes all of them anew. */
export const SEARCH_TERMS_VERSION = 1;

/** Dots between the parts of a name, of every width and keyboard; a name is found with any of them and with none. */
export const NAME_DOTS = '·•‧⸱∙⋅・･.';
const DOTS = new RegExp(`[${NAME_DOTS}]`, 'gu');
/** From this many digits in a row on, a text may hold a number that stands in no address, log or history. */
const TELLING_DIGITS = 7;
const MASK = /[*∗●]+|•{2,}/gu;

/**
 * The terms under which a customer is found: every character and pair of characters of the name (trigram indexes are
 * weak for two-character Chinese names), phone and ID number whole and as their masks show them, and the number.
 */
export function customerSearchTerms(customer: {
  number: number;
  name: string;
  phone: string;
  idNumber: string | null;
}): string[] {
  const { number, name, phone, idNumber } = customer;
  const shown = {
    number: `QJ-${number}`,
    name,
    phone: maskPhone(phone),
    idNumber: idNumber && maskIdNumber(idNumber),
  };
  // Outside of the mainland people leave the country code away.
  const whole = [phone, phone.replace(/^\+(852|853|886)/, ''), idNumber?.toLowerCase() ?? ''].filter(Boolean);
  return [...new Set([...shownSearchTerms(shown), ...whole])];
}

/** Of those terms the ones that can be told from what screens show of a customer. */
export function shownSearchTerms(shown: {
  number: string;
  name: string;
  phone: string;
  idNumber: string | null;
}): string[] {
  const number = shown.number.replace(/\D/g, '');
  return [
    ...grams(shown.name),
    ...maskTerms(shown.phone),
    ...maskTerms(shown.idNumber ?? ''),
    number,
    `qj-${number}`,
  ];
}

/** What was typed into a search field, understood. */
export interface Search {
  /** The terms that a customer must all have; empty when nothing searchable was typed. */
  terms: string[];
  /** Parts of the name, as `foldName` makes it, that must occur as a whole: their pairs could also stand apart. */
  words: string[];
  /** Those of the terms that are whole numbers, and the same masked: such a search is on record. */
  whole: string[];
  numbers: string[];
  /** Has digits that are no whole number and not as many as a mask shows: of phones and ID numbers they find nothing. */
  isPartial: boolean;
}

/** Understands what was typed: names, the customer's number, whole phones and ID numbers, and masks of them. */
export function readSearch(query: string): Search {
  const text = visibleText(query).normalize('NFKC').toLowerCase();
  const number = /^#?\s*qj[\s_\p{Pd}]*(\d+)$/u.exec(text) ?? /^#\s*(\d+)$/.exec(text);
  if (number) return { terms: [`qj-${number[1]}`], words: [], whole: [], numbers: [], isPartial: false };
  const tokens = tokensOf(text);
  const whole = tokens.filter(({ masked }) => masked !== undefined);
  const isPartial = tokens.some(({ text, isNumber, masked }) => isNumber && !masked && text.length !== 4);
  const names = tokens.filter(({ isNumber }) => !isNumber).flatMap(({ text }) => foldName(text).split(' '));
  return {
    terms: [
      ...new Set([
        ...tokens.flatMap(({ text, isNumber }) => (isNumber ? [text] : [])),
        ...names.flatMap((word) => ([...word].length === 1 ? [word] : pairs(word))),
      ]),
    ],
    words: names.filter((word) => [...word].length > 2),
    whole: whole.map(({ text }) => text),
    numbers: whole.map(({ masked }) => masked as string),
    isPartial,
  };
}

/** Whether a text may hold a number that must not stand in an address; the customer's own number may. */
export function holdsNumber(text: string): boolean {
  const compact = compactNumber(text);
  return !/^#?QJ\d+$/.test(compact) && new RegExp(`\\d{${TELLING_DIGITS}}`).test(compact);
}

/** The form in which names are compared: case, width, dots and doubled blanks make no difference. */
export function foldName(name: string): string {
  return visibleText(visibleText(name).normalize('NFKC').toLowerCase().replace(DOTS, ''));
}

interface Token {
  text: string;
  /** Digits, perhaps with X, or a mask; else a part of a name. */
  isNumber: boolean;
  /** When it is a whole number. */
  masked?: string;
}

function tokensOf(text: string): Token[] {
  const alone = numberToken(text);
  if (alone) return [alone];
  // A number in groups among words: 张三 138 0013 8000.
  const joined = text.replace(/\+?\d[\d\s()\p{Pd}]*[\dx]/gu, (span) =>
    numberToken(span)?.masked ? ` ${compactNumber(span).toLowerCase()} ` : span,
  );
  return joined
    .split(' ')
    .filter(Boolean)
    .map((word) => numberToken(word) ?? { text: word, isNumber: false });
}

function numberToken(text: string): Token | null {
  const compact = compactNumber(text.replace(MASK, '*')).toLowerCase();
  const phone = readPhone(compact).phone;
  if (phone) return { text: phone, isNumber: true, masked: maskPhone(phone) };
  if (/^(\d{17}[\dx]|[hm]\d{8})$/.test(compact))
    return { text: compact, isNumber: true, masked: maskIdNumber(compact.toUpperCase()) };
  // A travel permit, or a mobile number without its country code.
  const local = /^(\d{8}|9\d{8}|09\d{8})$/.exec(compact)?.[0].replace(/^0(?=9\d{8}$)/, '');
  if (local) return { text: local, isNumber: true, masked: `****${local.slice(-4)}` };
  const mask = /^(\+?\d+|[hm])?\*\d*x?$/.test(compact) ? compact.replace(/^\*(?=\d{3}[\dx]$)/, '') : null;
  if (mask && mask !== '*') return { text: mask, isNumber: true };
  return /^\d[\dx]*$/.test(compact) ? { text: compact, isNumber: true } : null;
}

/** `138 **** 0021` as it is searched for: `138*0021`, and the last four alone. */
function maskTerms(shown: string): string[] {
  const mask = compactNumber(shown.replace(MASK, '*')).toLowerCase();
  const short = /^(\d{4})\d\d\*\d\d(\d[\dx])$/.exec(mask);
  const terms = [mask.replace(/^\*/, ''), mask.slice(-4), ...(short ? [`${short[1]}*${short[2]}`] : [])];
  return mask === '' ? [] : terms;
}

function grams(name: string): string[] {
  return foldName(name)
    .split(' ')
    .flatMap((word) => [...word, ...pairs(word), ...digitRuns(word)]);
}

function pairs(word: string): string[] {
  const characters = [...word];
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** Digits are asked for as one term (`readSearch`), so a name that holds some has each part of them. */
function digitRuns(word: string): string[] {
  return (word.match(/\d[\dx]{2,}/g) ?? []).flatMap((run) =>
    [...run].flatMap((_, start) =>
      Array.from({ length: Math.max(0, run.length - start - 2) }, (_, more) =>
        run.slice(start, start + 3 + more),
      ),
    ),
  );
}
