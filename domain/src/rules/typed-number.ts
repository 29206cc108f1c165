/** One character of a number as somebody gave it. */
export interface TypedCharacter {
  /** Plain: `ｘ` and `×` are `X`. */
  character: string;
  given: string;
  /** Counted from 1 in what was given; characters that cannot be seen do not count. */
  at: number;
}

/** Why something is no number of its kind, as exactly as can be said. */
export type NumberFault =
  /** A character that cannot stand where it stands. */
  | { kind: 'character'; character: string; at: number }
  | { kind: 'length'; expected: number; actual: number }
  /** No number of this kind begins like that. */
  | { kind: 'start' }
  /** A mobile number of another country. */
  | { kind: 'country' }
  /** No day between 1900 and today. */
  | { kind: 'birth' }
  /** Everything else is right: a digit is wrong, or two are exchanged. */
  | { kind: 'check-digit' };

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/u;
/** What people and programs put between the digits of a number, or around it: blanks, dashes, brackets, dots, quotes. */
const BETWEEN = /[\s\p{Z}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\u2800\u2212.,:;'"`·•‧⸱∙⋅・。、]/u;
/** Letters and signs that are taken for the X of a check digit: multiplication signs, Greek chi, Cyrillic kha. */
const LIKE_X = /[xX×✕✖Χχхх]/iu;

/** What contacts and chats write before a number. */
const LABEL = /^\s*(?:[\p{L}\s]{1,12}[:：]|(?:联系|手机|电话|身份证|证件|号码|号)+|tel)/iu;

/** What counts of a number as it was typed or pasted: in plain characters, without what stands between them. */
export function typedCharacters(value: string): TypedCharacter[] {
  const found: TypedCharacter[] = [];
  const seen = [...value].filter((given) => !UNSEEN.test(given) || /\s/.test(given));
  let at = [...(LABEL.exec(seen.join(''))?.[0] ?? '')].length;
  for (const given of seen.slice(at)) {
    at += 1;
    for (const character of given.normalize('NFKC')) {
      if (BETWEEN.test(character) || UNSEEN.test(character)) continue;
      found.push({ character: LIKE_X.test(character) ? 'X' : character.toUpperCase(), given, at });
    }
  }
  return found;
}

/** The same as one string: `+86 （138）0013-8000` is `+8613800138000`. */
export const compactNumber = (value: string): string =>
  typedCharacters(value)
    .map(({ character }) => character)
    .join('');

/** The first character that is no digit, as a fault; null when there is none. */
export function wrongCharacter(characters: TypedCharacter[]): NumberFault | null {
  const wrong = characters.find(({ character }) => !/^\d$/.test(character));
  return wrong ? { kind: 'character', character: wrong.given, at: wrong.at } : null;
}
