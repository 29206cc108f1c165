import { isLong, type Size } from './picture-size.ts';

/** A page cut across its longer side into parts of full width, each a picture of its own. */
export interface Strips {
  count: number;
  /** Pixels of the whole page that the strips are cut from. */
  size: Size;
}
/** A part of a page in pixels. */
export interface Box extends Size {
  left: number;
  top: number;
}

/** Longest side of the picture of a whole page; what has no more pixels needs no strips. */
export const PREVIEW_SIDE = 1600;
/** As much as a screen of a scrolled screenshot, 1080 × 2000. */
const STRIP_PIXELS = 2_160_000;
/** Short side of a long page of a PDF, which has no pixels of its own. */
const PDF_SHORT_SIDE = 1200;
/** However thin a page is, it has no more. */
const MOST = 100;
const STRIP_LENGTH = 2000;

/**
 * How a page is cut: a picture in its own pixels, a page of a PDF when it is long, by its shape alone. Null where the
 * picture of the whole page shows all there is.
 */
export function stripsOf(page: Size, isPdf: boolean): Strips | null {
  const [short, long] = [Math.min(page.width, page.height), Math.max(page.width, page.height)];
  if (isPdf ? !isLong(page) : long <= PREVIEW_SIDE) return null;
  const scale = Math.min(isPdf ? PDF_SHORT_SIDE / short : 1, (MOST * STRIP_LENGTH) / long);
  const size = {
    width: Math.max(1, Math.round(page.width * scale)),
    height: Math.max(1, Math.round(page.height * scale)),
  };
  const length = Math.min(STRIP_LENGTH, Math.floor(STRIP_PIXELS / Math.min(size.width, size.height)));
  return { size, count: Math.min(MOST, Math.ceil(Math.max(size.width, size.height) / length)) };
}

/** The head of a long page, of the shape of a sheet: its small picture; a whole one would be a hair. */
export function headBox({ width, height }: Size): Box {
  const length = Math.round((Math.min(width, height) * 4) / 3);
  return height >= width
    ? { left: 0, top: 0, width, height: Math.min(height, length) }
    : { left: 0, top: 0, width: Math.min(width, length), height };
}

/** The part of the page that strip `n` of `count` shows, from 0. */
export function stripBox({ width, height }: Size, n: number, count: number): Box {
  const edge = (at: number) => Math.round((Math.max(width, height) * at) / count);
  const [from, to] = [edge(n), edge(n + 1)];
  return height >= width
    ? { left: 0, top: from, width, height: to - from }
    : { left: from, top: 0, width: to - from, height };
}
