const decoded = (bytes: Uint8Array, charset: string): string | null => {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    // Not text of this kind, or a kind that nobody knows.
    return null;
  }
};

/** Text of unsaid encoding: UTF-8, else GB 18030 (which GBK and GB 2312 are part of), as Chinese programs write names. */
export function decodeName(bytes: Uint8Array): string {
  return decoded(bytes, 'utf-8') ?? decoded(bytes, 'gb18030') ?? new TextDecoder().decode(bytes);
}

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const unescaped = (text: string, mark: RegExp) =>
  latin(text.replace(mark, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));

const ENCODED_WORD = /=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=/gi;
const PERCENT = /%([0-9a-f]{2})/gi;
const HIGH_PERCENT = /%[89a-f][0-9a-f]/i;

/** A name that reached us as mail (RFC 2047) or addresses (percent signs) write it, in its own characters. */
export function spelledOut(name: string): string {
  const words = name
    // Blanks between encoded words belong to neither.
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(ENCODED_WORD, (all, charset: string, kind: string, text: string) => {
      if (kind.toLowerCase() === 'q')
        return decoded(unescaped(text.replaceAll('_', ' '), /=([0-9a-f]{2})/gi), charset) ?? all;
      try {
        return decoded(latin(atob(text)), charset) ?? all;
      } catch {
        return all;
      }
    });
  // Only what is ASCII throughout was written so, and only where it stands for other characters: `100%25.jpg` is a name.
  if (!HIGH_PERCENT.test(words) || /[^\p{ASCII}]/u.test(words)) return words;
  const bytes = unescaped(words, PERCENT);
  return decoded(bytes, 'utf-8') ?? decoded(bytes, 'gb18030') ?? words;
}

/**
 * The file name in a Content-Disposition, given byte for byte; `filename*` (RFC 8187) comes before `filename`. Null when
 * it has none.
 */
export function dispositionName(header: Uint8Array): string | null {
  const text = Array.from(header, (byte) => String.fromCharCode(byte)).join('');
  const extended = /;\s*filename\*\s*=\s*"?([\w-]+)'[\w-]*'([^;"]*)/i.exec(text);
  if (extended) {
    const [, charset = '', value = ''] = extended;
    const name = decoded(unescaped(value.trim(), PERCENT), charset);
    if (name) return name;
  }
  const plain = /;\s*filename\s*=\s*(?:"((?:\\"|[^"])*)"|([^;]*))/i.exec(text);
  if (!plain) return null;
  // Browsers write a quotation mark as %22 (HTML, multipart/form-data), others with a backslash.
  const value = plain[1]?.replaceAll('\\"', '"').replaceAll(/%22/g, '"') ?? plain[2]?.trim() ?? '';
  return decodeName(latin(value));
}
