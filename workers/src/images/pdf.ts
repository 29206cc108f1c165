import { headBox, PREVIEW_SIDE, stripBox, stripsOf } from '@qijian/domain/rules/page-strips.ts';
import { isLong, type Size } from '@qijian/domain/rules/picture-size.ts';
import { hasPictures, isWhite, paint, paintPart } from './pdf-paint.ts';
import { fieldsMissGlyphs, type PageText, textOf } from './pdf-text.ts';
import { heapOf, type Library, library } from './pdfium.ts';
import { encode, webp } from './pictures.ts';
import {
  MAX_PAGES,
  type PageNote,
  type PageRendering,
  type Rendering,
  THUMBNAIL_SIDE,
  Unreadable,
} from './rendering.ts';

/** Points: far more than the 14,400 of ISO 32000-1, Annex C; apps export a whole statement as one page. */
const MAX_SIDE = 200_000;
/** `FPDF_GetLastError`: a password is missing, or it is locked in a way that PDFium does not know. */
const LOCKED = [4, 5];
/** `FPDF_GetFormType`: forms of Adobe's XFA, whose pages a viewer has to build from a template. */
const XFA_TYPES = [2, 3];
/** What the one page of such a file says in a viewer that does not. */
const XFA_PLACEHOLDER = /please wait|adobe (reader|acrobat)|请稍候|请等待/i;
/** Pages looked at before a file counts as one that shows nothing. */
const PAGES_LOOKED_AT = 4;

/** Counts the pages of a PDF and renders the first. */
export function renderPdf(content: Uint8Array): Promise<Rendering> {
  return withDocument(content, async (library, document, pages) => {
    const first = withPage(library, document, 1, (page, form, size) => {
      const read = textOf(library, page);
      const text = read.words.map((word) => word.text).join(' ');
      if (XFA_TYPES.includes(library.pdfium.FPDF_GetFormType(document)) && XFA_PLACEHOLDER.test(text))
        throw new Unreadable('dynamic-form');
      const picture = paint(library, page, form, size, PREVIEW_SIDE);
      const head = isLong(size) ? paintHead(library, page, form, size) : null;
      return { ...picture, size, head, note: noteOf(library, page, form, picture.data, read) };
    });
    if (first.note === 'blank' && !othersShowSomething(library, document, pages))
      throw new Unreadable('blank');
    const made = await encode(first.data, first.raw);
    if (first.head) made.thumbnail = await webp(first.head.data, first.head.raw);
    return {
      ...made,
      width: Math.max(1, Math.round(first.size.width)),
      height: Math.max(1, Math.round(first.size.height)),
      pages,
      note: first.note,
    };
  });
}

/** Renders one page of a PDF, from 1, and reads its words. */
export function renderPdfPage(content: Uint8Array, number: number): Promise<PageRendering> {
  return withDocument(content, async (library, document, pages) => {
    if (number > pages) throw new Unreadable('broken');
    const { data, raw, words, note } = withPage(library, document, number, (page, form, size) => {
      const read = textOf(library, page);
      const picture = paint(library, page, form, size, PREVIEW_SIDE);
      return { ...picture, words: read.words, note: noteOf(library, page, form, picture.data, read) };
    });
    return { picture: await webp(data, raw, PREVIEW_SIDE), words, note };
  });
}

/** One of the strips of a long page, from 1. */
export function pdfStrip(
  content: Uint8Array,
  number: number,
  strip: number,
  strips: number,
): Promise<Uint8Array> {
  return withDocument(content, async (library, document, pages) => {
    if (number > pages) throw new Unreadable('broken');
    const { data, raw } = withPage(library, document, number, (page, form, size) => {
      const whole = stripsOf(size, true)?.size ?? size;
      return paintPart(library, page, form, whole, stripBox(whole, strip - 1, strips));
    });
    return webp(data, raw);
  });
}

/** The head of a long page, as small as a thumbnail is. */
function paintHead(library: Library, page: number, form: number, size: Size) {
  const scale = (THUMBNAIL_SIDE * 3) / 4 / Math.min(size.width, size.height);
  const whole = { width: Math.ceil(size.width * scale), height: Math.ceil(size.height * scale) };
  return paintPart(library, page, form, whole, headBox(whole));
}

function noteOf(
  library: Library,
  page: number,
  form: number,
  pixels: Uint8Array,
  text: PageText,
): PageNote | null {
  if (text.missing || fieldsMissGlyphs(library, page, form)) return 'missing-glyphs';
  return isWhite(pixels) && (text.painted || hasPictures(library, page)) ? 'blank' : null;
}

/** Whether any of the pages behind the first shows something, or is meant to show nothing. */
function othersShowSomething(library: Library, document: number, pages: number): boolean {
  for (let number = 2; number <= Math.min(pages, PAGES_LOOKED_AT); number++) {
    const note = withPage(library, document, number, (page, form, size) => {
      const { data } = paint(library, page, form, size, THUMBNAIL_SIDE);
      return noteOf(library, page, form, data, textOf(library, page));
    });
    if (note !== 'blank') return true;
  }
  return false;
}

async function withDocument<T>(
  content: Uint8Array,
  work: (library: Library, document: number, pages: number) => Promise<T>,
): Promise<T> {
  const opened = await library();
  const { pdfium } = opened;
  const { malloc, free } = pdfium.pdfium.wasmExports;
  // PDFium reads from these bytes as long as the document is open.
  const at = malloc(content.length);
  if (!at) throw new Unreadable('memory');
  let document = 0;
  try {
    heapOf(pdfium).set(content, at);
    document = pdfium.FPDF_LoadMemDocument(at, content.length, '');
    if (!document) throw new Unreadable(LOCKED.includes(pdfium.FPDF_GetLastError()) ? 'encrypted' : 'broken');
    const pages = pdfium.FPDF_GetPageCount(document);
    if (pages < 1) throw new Unreadable('broken');
    if (pages > MAX_PAGES) throw new Unreadable('too-many-pages');
    return await work(opened, document, pages);
  } finally {
    opened.fonts.keep();
    if (document) pdfium.FPDF_CloseDocument(document);
    free(at);
  }
}

function withPage<T>(
  { pdfium }: Library,
  document: number,
  number: number,
  work: (page: number, form: number, size: Size) => T,
): T {
  const fields = pdfium.PDFiumExt_OpenFormFillInfo();
  const form = pdfium.PDFiumExt_InitFormFillEnvironment(document, fields);
  const page = pdfium.FPDF_LoadPage(document, number - 1);
  try {
    if (!page) throw new Unreadable('broken');
    pdfium.FORM_OnAfterLoadPage(page, form);
    const size = { width: pdfium.FPDF_GetPageWidthF(page), height: pdfium.FPDF_GetPageHeightF(page) };
    if (!(size.width > 0 && size.height > 0)) throw new Unreadable('broken');
    if (Math.max(size.width, size.height) > MAX_SIDE) throw new Unreadable('too-large');
    return work(page, form, size);
  } finally {
    if (page) {
      pdfium.FORM_OnBeforeClosePage(page, form);
      pdfium.FPDF_ClosePage(page);
    }
    pdfium.PDFiumExt_ExitFormFillEnvironment(form);
    pdfium.PDFiumExt_CloseFormFillInfo(fields);
  }
}
