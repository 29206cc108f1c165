import { heapOf, type Library, withMemory } from './pdfium.ts';
import type { PageRendering } from './rendering.ts';

/** More characters than any page that is meant to be read. */
const MOST = 20_000;
/** Resolution of the coordinates: parts of a page side. */
const GRID = 100_000;
/** `FPDFTextObj_GetTextRenderMode`: not painted, as the words under a scan are. */
const INVISIBLE = 3;
const SPACE = /[\s\0\p{Z}\p{Cf}\u00ad]/u;

type Word = PageRendering['words'][number];

export interface PageText {
  words: Word[];
  missing: boolean;
  painted: boolean;
}

/**
 * The words of a page in reading order, each with its box on the upright page; none for a scan. `missing` when there are
 * characters that no font at hand can draw, `painted` when there are any that are meant to be seen.
 */
export function textOf(library: Library, page: number): PageText {
  const { pdfium } = library;
  const text = pdfium.FPDFText_LoadPage(page);
  if (!text) return { words: [], missing: false, painted: false };
  try {
    return withMemory(pdfium, 40, (memory) => {
      const words: Word[] = [];
      let word: Word | null = null;
      const glyphs = new Glyphs(library, memory);
      const many = Math.min(MOST, pdfium.FPDFText_CountChars(text));
      for (let index = 0; index < many; index++) {
        const point = Math.min(0x10ffff, pdfium.FPDFText_GetUnicode(text, index));
        const character = String.fromCodePoint(point);
        if (!SPACE.test(character)) glyphs.look(text, index, point);
        const box = /[\s\0]/.test(character) ? null : boxOf(library, page, text, index, memory);
        if (!box) {
          word = null;
          continue;
        }
        if (word && isNext(word, box)) {
          word.text += character;
          const right = Math.max(word.x + word.width, box.x + box.width);
          const bottom = Math.max(word.y + word.height, box.y + box.height);
          word.x = Math.min(word.x, box.x);
          word.y = Math.min(word.y, box.y);
          word.width = right - word.x;
          word.height = bottom - word.y;
        } else {
          word = { text: character, ...box };
          words.push(word);
        }
      }
      return { words, missing: glyphs.missing, painted: glyphs.painted };
    });
  } finally {
    pdfium.FPDFText_ClosePage(text);
  }
}

/** Looks for characters that are painted, and for those that a font which the file does not carry cannot draw. */
class Glyphs {
  missing = false;
  painted = false;
  readonly #library: Library;
  readonly #memory: number;
  /** By font: the characters that have been looked at; null for one in the file, which draws what it says. */
  readonly #seen = new Map<number, Set<number> | null>();

  constructor(library: Library, memory: number) {
    this.#library = library;
    this.#memory = memory;
  }

  look(text: number, index: number, point: number): void {
    if (this.missing) return;
    const { pdfium } = this.#library;
    const object = pdfium.FPDFText_GetTextObject(text, index);
    if (!object) return;
    const font = pdfium.FPDFTextObj_GetFont(object);
    let seen = this.#seen.get(font);
    if (seen === undefined) {
      seen = font && pdfium.FPDFFont_GetIsEmbedded(font) === 0 ? new Set() : null;
      this.#seen.set(font, seen);
    }
    if (this.painted && (!seen || seen.has(point))) return;
    if (pdfium.FPDFTextObj_GetTextRenderMode(object) === INVISIBLE) return;
    this.painted = true;
    if (!seen) return;
    seen.add(point);
    this.missing = !draws(this.#library, font, point, this.#memory);
  }
}

/** `FPDF_ANNOT_WIDGET`, and `FPDF_PAGEOBJ_TEXT`. */
const WIDGET = 20;
const TEXT = 1;

/** Whether the value of a form field on the page has characters that none of the fonts it is painted with can draw. */
export function fieldsMissGlyphs(library: Library, page: number, form: number): boolean {
  const { pdfium } = library;
  for (let n = 0; n < pdfium.FPDFPage_GetAnnotCount(page); n++) {
    const field = pdfium.FPDFPage_GetAnnot(page, n);
    try {
      if (pdfium.FPDFAnnot_GetSubtype(field) === WIDGET && missesGlyphs(library, field, form)) return true;
    } finally {
      pdfium.FPDFPage_CloseAnnot(field);
    }
  }
  return false;
}

function missesGlyphs(library: Library, field: number, form: number): boolean {
  const { pdfium } = library;
  const fonts = new Set<number>();
  for (let n = 0; n < pdfium.FPDFAnnot_GetObjectCount(field); n++) {
    const object = pdfium.FPDFAnnot_GetObject(field, n);
    if (pdfium.FPDFPageObj_GetType(object) === TEXT) fonts.add(pdfium.FPDFTextObj_GetFont(object));
  }
  // An embedded font draws its own glyphs.
  if (fonts.size === 0 || [...fonts].some((font) => pdfium.FPDFFont_GetIsEmbedded(font) !== 0)) return false;
  const characters = new Set(
    [...fieldValue(library, field, form)].filter((character) => !SPACE.test(character)),
  );
  return withMemory(pdfium, 8, (memory) =>
    [...characters].some((character) => {
      const point = character.codePointAt(0) as number;
      return ![...fonts].some((font) => draws(library, font, point, memory));
    }),
  );
}

/** The first characters of a field's value. */
function fieldValue({ pdfium }: Library, field: number, form: number): string {
  const length = pdfium.FPDFAnnot_GetFormFieldValue(form, field, 0, 0);
  return withMemory(pdfium, Math.max(2, length), (at) => {
    pdfium.FPDFAnnot_GetFormFieldValue(form, field, at, length);
    const bytes = heapOf(pdfium).slice(at, at + Math.max(0, Math.min(length - 2, MOST * 2)));
    return new TextDecoder('utf-16le').decode(bytes);
  });
}

/** Whether a font that the file does not carry has a character; `memory` of four bytes is there to work with. */
function draws({ pdfium, fonts }: Library, font: number, point: number, memory: number): boolean {
  pdfium.FPDFFont_GetFontData(font, 0, 0, memory);
  const standIn = fonts.ofSize(pdfium.pdfium.getValue(memory, 'i32'));
  // A stand-in draws a box for what it does not have; PDFium's own fonts, which have Latin alone, nothing at all.
  return standIn ? standIn.has(point) : pdfium.FPDFFont_GetGlyphPath(font, point, 10) !== 0;
}

type Box = Omit<Word, 'text'>;

/** On the same line, however the page lies, and close by. */
function isNext(word: Box, box: Box): boolean {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const isInLine = y > word.y && y < word.y + word.height;
  const isInColumn = x > word.x && x < word.x + word.width;
  const across = Math.max(box.x - (word.x + word.width), word.x - (box.x + box.width));
  const down = Math.max(box.y - (word.y + word.height), word.y - (box.y + box.height));
  return (isInLine && across < box.height) || (isInColumn && down < box.width);
}

function boxOf({ pdfium }: Library, page: number, text: number, index: number, memory: number): Box | null {
  if (!pdfium.FPDFText_GetCharBox(text, index, memory, memory + 8, memory + 16, memory + 24)) return null;
  const numbers = () => new DataView(heapOf(pdfium).buffer, memory, 40);
  const [left, right, bottom, top] = [0, 8, 16, 24].map((at) => numbers().getFloat64(at, true));
  const corner = (x = 0, y = 0) => {
    pdfium.FPDF_PageToDevice(page, 0, 0, GRID, GRID, 0, x, y, memory + 32, memory + 36);
    return { x: numbers().getInt32(32, true) / GRID, y: numbers().getInt32(36, true) / GRID };
  };
  const [a, b] = [corner(left, top), corner(right, bottom)];
  const box = {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
  const isInside = box.x >= 0 && box.y >= 0 && box.x + box.width <= 1 && box.y + box.height <= 1;
  return isInside && box.width > 0 && box.height > 0 ? box : null;
}
