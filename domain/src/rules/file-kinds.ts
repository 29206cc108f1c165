import { spelledOut } from './file-names.ts';

/** The only kinds of file that are stored, by MIME type, with the extensions a name may carry. */
export const FILE_KINDS = {
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'image/heic': ['heic', 'heif', 'hif'],
  'application/pdf': ['pdf'],
} as const satisfies Record<string, readonly string[]>;

export type FileMime = keyof typeof FILE_KINDS;

/** How many first bytes of a file `sniffFileKind` wants to see: the header of a PDF may come as late as other readers take it. */
export const SNIFF_BYTES = 1_032;

/** Nothing but a byte order mark and blanks may come before it: what else does is another kind of file as well. */
const PDF_HEADER = /^(?:\xef\xbb\xbf)?[\0\t\n\f\r ]{0,1024}%PDF-/;
/** `hevc` and its kin are films, which count only where they hold a picture as well. */
const PICTURE_BRANDS = new Set(['heic', 'heix', 'heim', 'heis']);
const SEQUENCE_BRANDS = new Set(['msf1', 'hevc', 'hevx', 'hevm', 'hevs']);

/** The kind of a file by its first bytes alone, whatever its name says; null for everything that is not accepted. */
export function sniffFileKind(head: Uint8Array): FileMime | null {
  const has = (offset: number, ...bytes: number[]) => bytes.every((byte, n) => head[offset + n] === byte);
  const text = (from: number, to: number) => textOf(head, from, to);
  if (has(0, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (has(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp';
  if (PDF_HEADER.test(text(0, SNIFF_BYTES))) return 'application/pdf';
  if (isHevcPicture(head)) return 'image/heic';
  return null;
}

/** Whether a file that is not accepted is several pictures in a row as phones keep bursts and animations: a film of HEVC by its brands. */
export function isPictureSequence(head: Uint8Array): boolean {
  return (
    isIsoFile(head) &&
    sniffFileKind(head) === null &&
    brandsOf(head).some((brand) => SEQUENCE_BRANDS.has(brand))
  );
}

/** ISO/IEC 23008-12: the major or a compatible brand names HEVC; a bare `mif1` may hold anything, e.g. AV1. */
function isHevcPicture(head: Uint8Array): boolean {
  return isIsoFile(head) && brandsOf(head).some((brand) => PICTURE_BRANDS.has(brand));
}

const textOf = (head: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...head.subarray(from, to));
const isIsoFile = (head: Uint8Array) => textOf(head, 4, 8) === 'ftyp';

/** The major brand of an ISO base media file and the compatible ones; its minor version lies between them. */
function brandsOf(head: Uint8Array): string[] {
  const size = ((head[0] ?? 0) << 24) | ((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= Math.min(size, head.length); at += 4)
    if (at !== 12) brands.push(textOf(head, at, at + 4));
  return brands;
}

const MAX_NAME_BYTES = 255;
/** Control characters, and what reorders, hides or only looks like nothing (bidi marks, zero-width, BOM, fillers). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;
/** Half of a surrogate pair; in a pattern with `u` a whole one is one character. */
const LONE = /\p{Cs}/gu;
const RESERVED = /[<>:"|?*]/g;

/** The last part of a path as people may see it: NFC, without control or reordering characters; may be empty. */
export function visibleName(given: string): string {
  const last = spelledOut(given).replace(LONE, '\uFFFD').replace(UNSAFE, '').split(/[\\/]/).pop() ?? '';
  return last.normalize('NFC').replace(RESERVED, '_').replace(/\s+/g, ' ').trim();
}

/**
 * A file name that is safe to store, show and offer for download: a visible name of at most 255 bytes of UTF-8, with
 * an extension that says what the content is.
 */
export function cleanFilename(given: string, mime: FileMime): string {
  const extensions: readonly string[] = FILE_KINDS[mime];
  const name = visibleName(given);
  const dot = name.lastIndexOf('.');
  const extension = dot >= 0 ? name.slice(dot + 1) : '';
  const fits = extensions.includes(extension.toLowerCase());
  const suffix = `.${fits ? extension : extensions[0]}`;
  const stem = (fits ? name.slice(0, dot) : name).replace(/^\.+|[. ]+$/g, '').trim() || 'file';
  return shorten(stem, MAX_NAME_BYTES - suffix.length) + suffix;
}

function shorten(text: string, bytes: number): string {
  let used = 0;
  let kept = '';
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    used += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (used > bytes) break;
    kept += character;
  }
  return kept.trimEnd();
}
