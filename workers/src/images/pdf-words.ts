import type { PDFiumPage } from '@hyzyla/pdfium';
import type { PageRendering } from './rendering.ts';

/** More characters than any page that is meant to be read. */
const MOST = 20_000;
/** Resolution of the coordinates: parts of a page side. */
const GRID = 100_000;

/** What the library keeps to itself of PDFium's text functions. */
interface Inside {
  pageIdx: number;
  module: {
    HEAPU8: Uint8Array;
    wasmExports: { malloc(bytes: number): number; free(pointer: number): void };
    _FPDFText_LoadPage(page: number): number;
    _FPDFText_ClosePage(text: number): void;
    _FPDFText_CountChars(text: number): number;
    _FPDFText_GetUnicode(text: number, index: number): number;
    _FPDFText_GetCharBox(
      text: number,
      index: number,
      left: number,
      right: number,
      bottom: number,
      top: number,
    ): number;
    _FPDF_PageToDevice(
      page: number,
      x: number,
      y: number,
      width: number,
      height: number,
      turns: number,
      pageX: number,
      pageY: number,
      deviceX: number,
      deviceY: number,
    ): number;
  };
}
type Word = PageRendering['words'][number];

/** The words of a page in reading order, each with its box on the upright page; empty for a scan. */
export function wordsOf(page: PDFiumPage): Word[] {
  const { module, pageIdx } = page as unknown as Inside;
  const text = module._FPDFText_LoadPage(pageIdx);
  if (!text) return [];
  const memory = module.wasmExports.malloc(40);
  try {
    const words: Word[] = [];
    let word: Word | null = null;
    const many = Math.min(MOST, module._FPDFText_CountChars(text));
    for (let index = 0; index < many; index++) {
      const character = String.fromCodePoint(Math.min(0x10ffff, module._FPDFText_GetUnicode(text, index)));
      const box = /[\s\0]/.test(character) ? null : boxOf(module, pageIdx, text, index, memory);
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
    return words;
  } finally {
    module.wasmExports.free(memory);
    module._FPDFText_ClosePage(text);
  }
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

function boxOf(
  module: Inside['module'],
  page: number,
  text: number,
  index: number,
  memory: number,
): Box | null {
  if (!module._FPDFText_GetCharBox(text, index, memory, memory + 8, memory + 16, memory + 24)) return null;
  const numbers = () => new DataView(module.HEAPU8.buffer, memory, 40);
  const [left, right, bottom, top] = [0, 8, 16, 24].map((at) => numbers().getFloat64(at, true));
  const corner = (x = 0, y = 0) => {
    module._FPDF_PageToDevice(page, 0, 0, GRID, GRID, 0, x, y, memory + 32, memory + 36);
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
