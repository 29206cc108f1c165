import { openSync, readSync } from 'node:fs';
import type { WrappedPdfiumModule } from '@embedpdf/pdfium';

/** The kinds of fonts that stand in for those a PDF names but does not carry. */
const STYLES = ['sans', 'serif', 'korean'] as const;
type Style = (typeof STYLES)[number];
/**
 * Where they lie; the packages of one maker export their list of fonts alone, with the files beside it. Those for
 * Simplified Chinese have the characters of Taiwan, Hong Kong and Japan that PDFium knows as well, but no Hangul.
 */
const FILES: Record<Style, () => URL> = {
  sans: () => new URL('../fonts/NotoSansHans-Regular.otf', import.meta.resolve('@embedpdf/fonts-sc')),
  serif: () =>
    new URL(import.meta.resolve('@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf')),
  korean: () => new URL('../fonts/NotoSansKR-Regular.otf', import.meta.resolve('@embedpdf/fonts-kr')),
};
/** Windows character sets, as PDFium asks by. */
const KOREAN = 129;
/** Of Japanese, Simplified and Traditional Chinese. */
const OTHER_CJK = [128, 134, 136];
/** PDFium's flag of a font with serifs. */
const ROMAN = 1 << 4;
const SANS_NAME = /hei|gothic|yahei|sans|meiryo|黑|雅|圆|ゴシック/i;
const SERIF_NAME = /song|simsun|sung|ming|mincho|kai|fang|xiaobiao|宋|仿|楷|明|細|细|隶|行楷|明朝/i;

const KOREAN_NAME = /batang|dotum|gulim|malgun|my(u|eo)ngjo|바탕|돋움|굴림|맑은|고딕|명조/i;
const TTC = tag('ttcf');
/** `FPDF_SYSFONTINFO` of version 1: the number and eight functions. */
const STRUCTURE_BYTES = 36;

/** A font file, read where and when it is needed: PDFium keeps what it takes. */
class FontFile {
  readonly size: number;
  readonly #file: number;
  readonly #tables = new Map<number, { offset: number; length: number }>();
  #ranges: [from: number, to: number][] | null = null;

  constructor(path: URL) {
    this.#file = openSync(path, 'r');
    const many = this.#read(0, 12).readUInt16BE(4);
    const directory = this.#read(12, many * 16);
    let size = 0;
    for (let at = 0; at < directory.length; at += 16) {
      const offset = directory.readUInt32BE(at + 8);
      const length = directory.readUInt32BE(at + 12);
      this.#tables.set(directory.readUInt32BE(at), { offset, length });
      size = Math.max(size, offset + length);
    }
    this.size = size;
  }

  /** A table, or with 0 the whole file: where it lies; null when there is none. */
  find(table: number): { offset: number; length: number } | null {
    if (table === 0) return { offset: 0, length: this.size };
    return this.#tables.get(table) ?? null;
  }

  readInto(target: Uint8Array, offset: number): void {
    for (let at = 0; at < target.length; ) {
      const read = readSync(this.#file, target, at, target.length - at, offset + at);
      if (read === 0) throw new Error('A font file is shorter than it says');
      at += read;
    }
  }

  /** Whether there is a glyph for a character. */
  has(point: number): boolean {
    this.#ranges ??= this.#readRanges();
    let [low, high] = [0, this.#ranges.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = this.#ranges[middle] as [number, number];
      if (point < from) high = middle - 1;
      else if (point > to) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** The groups of the font's `cmap` of format 12, which have the characters in order. */
  #readRanges(): [number, number][] {
    const { offset, length } = this.find(tag('cmap')) as { offset: number; length: number };
    const map = this.#read(offset, length);
    for (let n = 0; n < map.readUInt16BE(2); n++) {
      const at = map.readUInt32BE(4 + n * 8 + 4);
      if (map.readUInt16BE(at) !== 12) continue;
      return Array.from({ length: map.readUInt32BE(at + 12) }, (_, group) => [
        map.readUInt32BE(at + 16 + group * 12),
        map.readUInt32BE(at + 20 + group * 12),
      ]);
    }
    throw new Error('A font has no cmap of format 12');
  }

  #read(offset: number, length: number): Buffer {
    const content = Buffer.alloc(length);
    this.readInto(content, offset);
    return content;
  }
}

/** The stand-in fonts as PDFium knows them. */
export interface CjkFonts {
  /** The stand-in of these many bytes, by which PDFium's font data tells it; null for one of PDFium's own. */
  ofSize(bytes: number): Pick<FontFile, 'has'> | null;
  /** Has PDFium keep what it has taken so far: with a document it would forget it, and read all of it again for the next. */
  keep(): void;
}

/** Has PDFium take Chinese, Japanese and Korean fonts that a PDF does not carry from files of ours. */
export function installCjkFonts(pdfium: WrappedPdfiumModule, heap: () => Uint8Array): CjkFonts {
  const { pdfium: module } = pdfium;
  const opened = new Map<Style, FontFile>();
  const kept = new Set<Style>();
  const open = (style: Style) => {
    const file = opened.get(style) ?? new FontFile(FILES[style]());
    opened.set(style, file);
    return file;
  };
  const styleOf = (handle: number) => STYLES[handle - 1] as Style;
  /** The bytes of a name in a PDF: ASCII, UTF-8 or, as Windows wrote it, GBK. */
  const nameAt = (pointer: number) => {
    if (!pointer) return '';
    const end = heap().indexOf(0, pointer);
    const name = heap().slice(pointer, Math.min(end, pointer + 200));
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(name);
    } catch {
      return new TextDecoder('gb18030').decode(name);
    }
  };

  const mapFont = (
    _self: number,
    _weight: number,
    _italic: number,
    charset: number,
    pitch: number,
    face: number,
  ) => {
    const style = styleFor(charset, pitch, nameAt(face));
    return style ? STYLES.indexOf(style) + 1 : 0;
  };
  const getFontData = (_self: number, handle: number, table: number, buffer: number, room: number) => {
    if (!handle || table >>> 0 === TTC) return 0;
    const file = open(styleOf(handle));
    const found = file.find(table >>> 0);
    if (!found) return 0;
    if (buffer && room >= found.length)
      file.readInto(heap().subarray(buffer, buffer + found.length), found.offset);
    return found.length;
  };
  /** PDFium keeps a face by its name, so that many names of one stand-in take its memory once. */
  const getFaceName = (_self: number, handle: number, buffer: number, room: number) => {
    const name = new TextEncoder().encode(`stand-in-${styleOf(handle)}\0`);
    if (buffer && room >= name.length) heap().set(name, buffer);
    return name.length;
  };
  const structure = module.wasmExports.malloc(STRUCTURE_BYTES);
  const functions = [
    module.addFunction(() => {}, 'vi'),
    module.addFunction(() => {}, 'vii'),
    module.addFunction(mapFont, 'iiiiiiii'),
    module.addFunction(() => 0, 'iii'),
    module.addFunction(getFontData, 'iiiiii'),
    module.addFunction(getFaceName, 'iiiii'),
    module.addFunction(() => 134, 'iii'),
    module.addFunction(() => {}, 'vii'),
  ];
  [1, ...functions].forEach((value, n) => {
    module.setValue(structure + n * 4, value, 'i32');
  });
  pdfium.FPDF_SetSystemFontInfo(structure);
  return {
    ofSize: (bytes) => [...opened.values()].find((file) => file.size === bytes) ?? null,
    keep() {
      for (const style of opened.keys()) {
        if (kept.has(style)) continue;
        kept.add(style);
        const content = Buffer.from(keeperOf(style), 'latin1');
        // Never freed or closed: PDFium reads from it as long as its page is open.
        const at = module.wasmExports.malloc(content.length);
        heap().set(content, at);
        pdfium.FPDF_LoadPage(pdfium.FPDF_LoadMemDocument(at, content.length, ''), 0);
      }
    },
  };
}

/** The stand-in for a font, or null for one that PDFium has itself. */
function styleFor(charset: number, pitch: number, name: string): Style | null {
  if (charset === KOREAN) return 'korean';
  const isChineseOrJapanese = OTHER_CJK.includes(charset);
  if (!isChineseOrJapanese && KOREAN_NAME.test(name)) return 'korean';
  const sans = SANS_NAME.test(name);
  const serif = SERIF_NAME.test(name);
  // A font that is asked for without its character set is known by its name alone.
  if (!isChineseOrJapanese && !(sans && /[^\p{ASCII}]|sim|yahei|st|gothic/iu.test(name)) && !serif)
    return null;
  if (sans) return 'sans';
  return serif || pitch & ROMAN ? 'serif' : 'sans';
}

/** A page with one character in a font that has this stand-in. */
function keeperOf(style: Style): string {
  const [font, ordering, encoding] = {
    sans: ['SimHei', 'GB1', 'UniGB-UCS2-H'],
    serif: ['SimSun', 'GB1', 'UniGB-UCS2-H'],
    korean: ['Dotum', 'Korea1', 'UniKS-UCS2-H'],
  }[style];
  const text = 'BT /F 1 Tf <4e00> Tj ET';
  const system = `<< /Registry (Adobe) /Ordering (${ordering}) /Supplement 2 >>`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 9 9] >>',
    '<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    `<< /Type /Font /Subtype /Type0 /BaseFont /${font} /Encoding /${encoding} /DescendantFonts [6 0 R] >>`,
    `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /${font} /CIDSystemInfo ${system} >>`,
  ];
  return `%PDF-1.4\n${objects.map((object, n) => `${n + 1} 0 obj\n${object}\nendobj\n`).join('')}trailer\n<< /Root 1 0 R >>\n`;
}

function tag(name: string): number {
  return Buffer.from(name, 'latin1').readUInt32BE();
}
