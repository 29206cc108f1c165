/**
 * Characters that draw nothing or turn the direction of what follows: zero-width and bidi controls, fillers such as
 * U+3164, variation selectors (Unicode: Default_Ignorable_Code_Point, Cf, Cc).
 */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu;
/** Blanks of every width, ends of lines, and U+2800, which is a symbol to Unicode and a blank to the eye. */
const BLANKS = /[\t-\r\u0085\p{Z}\u2800]/gu;
const SEEN = /[^\p{M}\p{Z}]/u;

/**
 * The one form in which a name or label is stored and compared: one line of NFC, single blanks, nothing that cannot be
 * seen. Empty when nothing of it can be seen.
 */
export function visibleText(value: string): string {
  const text = value.replace(BLANKS, ' ').replace(UNSEEN, '').normalize('NFC').replace(/ +/g, ' ').trim();
  return SEEN.test(text) ? text : '';
}
