/** Longest sides of the derivatives, in pixels. */
export const PREVIEW_SIDE = 1600;
export const THUMBNAIL_SIDE = 320;
export const MAX_PAGES = 200;

/** Why there is no preview; the web has a sentence for each. */
export type Failure =
  | 'broken'
  | 'encrypted'
  /** An XFA form, whose pages only Adobe's programs build. */
  | 'dynamic-form'
  /** There are pictures or words in it, and nothing of them shows. */
  | 'blank'
  | 'too-large'
  /** It needs more memory than a decoder may have. */
  | 'memory'
  | 'too-many-pages'
  | 'timeout'
  | 'crashed';

/** What a page that can be shown does not show; the web has a sentence for each. */
export type PageNote = 'missing-glyphs' | 'blank';

/** What a decoder makes of a file: two WebP pictures, and the upright size of the original (of page 1, in points, for a PDF). */
export interface Rendering {
  preview: Uint8Array;
  thumbnail: Uint8Array;
  width: number;
  height: number;
  pages: number;
  /** Of page 1. */
  note: PageNote | null;
}

/** One page of a PDF: a WebP picture and its words, boxes in fractions of the upright page. */
export interface PageRendering {
  picture: Uint8Array;
  words: { text: string; x: number; y: number; width: number; height: number }[];
  note: PageNote | null;
}

/** The file itself is at fault; trying again would not help. */
export class Unreadable extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure);
    this.failure = failure;
  }
}

/** Between the pool and its decoder processes. */
export type DecoderRequest = { path: string; mime: string /** One page of a PDF, from 1. */; page?: number };
export type DecoderAnswer =
  | 'ready'
  | { rendering: Rendering }
  | { page: PageRendering }
  | { failure: Failure }
  | { error: string };
