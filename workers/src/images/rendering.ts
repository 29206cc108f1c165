/** Longest side of a small picture, in pixels. */
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
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure, options);
    this.failure = failure;
  }
}

/** Between the pool and its decoder processes. */
export interface DecoderRequest {
  path: string;
  mime: string;
  /** One page of a PDF, from 1. */
  page?: number;
}
/** One of the `strips` of a page, from 1. */
export type StripRequest = Required<DecoderRequest> & { strip: number; strips: number };
export type Made = { rendering: Rendering } | { page: PageRendering } | { strip: Uint8Array };
export type DecoderAnswer = 'ready' | Made | { failure: Failure } | { error: string };
