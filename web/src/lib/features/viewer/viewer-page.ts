import type { Size } from '@qijian/domain/rules/picture-size.ts';
import type { KEYS } from '#lib/keys.ts';
import type { Place } from './geometry.ts';

/** One page of a document as the viewer shows it. */
export interface ViewerPage {
  documentId: string;
  version: number;
  /** Within the document, from 1. */
  page: number;
  /** Pixels of the upright page where they are known: the stage has its shape before the picture is there. */
  width: number | null;
  height: number | null;
  state: 'processing' | 'ready' | 'failed';
  failure: string | null;
  /** What it does not show of what is in it, where that is known before its words are. */
  note: string | null;
  filename: string;
  /** Its words can be asked for. */
  isPdf: boolean;
}

/** What is marked on a page, in fractions of the upright page. */
export interface Mark {
  /** Index among the pages that are shown. */
  page: number;
  x: number;
  y: number;
  width: number;
  height: number;
  label: string;
  number: number;
}

/** How a stage shows its page at present. */
export interface Look extends Place {
  /** Read by scrolling, as it is turned. */
  isTall: boolean;
  /** Of the original's pixels; of what fits for a PDF, which has none. */
  percent: number;
  hasPixels: boolean;
  /** Of the whole page, for a small picture of it. */
  url: string | null;
  shape: Size;
}

/** What keys and tools do to what is looked at. */
export type Commands = Record<
  Exclude<keyof typeof KEYS.viewer, 'close'> | keyof typeof KEYS.longPage | 'mark',
  () => unknown
>;
