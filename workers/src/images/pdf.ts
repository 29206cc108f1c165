import { type PDFiumDocument, PDFiumLibrary, type PDFiumPage } from '@hyzyla/pdfium';
import { wordsOf } from './pdf-words.ts';
import { encode, webp } from './pictures.ts';
import { MAX_PAGES, type PageRendering, PREVIEW_SIDE, type Rendering, Unreadable } from './rendering.ts';

/** ISO 32000-1, Annex C: the largest side of a page, in points. */
const MAX_SIDE = 14_400;

let library: Promise<PDFiumLibrary> | null = null;

/** Counts the pages of a PDF and renders the first. */
export function renderPdf(content: Uint8Array): Promise<Rendering> {
  return withDocument(content, async (document, pages) => {
    const page = document.getPage(0);
    const { data, raw, width, height } = await paint(page);
    return {
      ...(await encode(data, raw)),
      width: Math.max(1, Math.round(width)),
      height: Math.max(1, Math.round(height)),
      pages,
    };
  });
}

/** Renders one page of a PDF, from 1, and reads its words. */
export function renderPdfPage(content: Uint8Array, number: number): Promise<PageRendering> {
  return withDocument(content, async (document, pages) => {
    if (number > pages) throw new Unreadable('broken');
    const page = document.getPage(number - 1);
    // Painting closes the page.
    const words = wordsOf(page);
    const { data, raw } = await paint(page);
    return { picture: await webp(data, raw, PREVIEW_SIDE), words };
  });
}

async function withDocument<T>(
  content: Uint8Array,
  work: (document: PDFiumDocument, pages: number) => Promise<T>,
): Promise<T> {
  library ??= PDFiumLibrary.init();
  const document = await (await library).loadDocument(content).catch((error: Error) => {
    throw new Unreadable(/password|security/i.test(error.message) ? 'encrypted' : 'broken');
  });
  try {
    const pages = document.getPageCount();
    if (pages < 1) throw new Unreadable('broken');
    if (pages > MAX_PAGES) throw new Unreadable('too-many-pages');
    return await work(document, pages);
  } finally {
    document.destroy();
  }
}

async function paint(page: PDFiumPage) {
  const { originalWidth: width, originalHeight: height } = page.getOriginalSize();
  if (!(width > 0 && height > 0)) throw new Unreadable('broken');
  if (Math.max(width, height) > MAX_SIDE) throw new Unreadable('too-large');
  const scale = PREVIEW_SIDE / Math.max(width, height);
  const { data, ...size } = await page.render({
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    scale: 1,
    render: 'bitmap',
    renderFormFields: true,
  });
  return { data, raw: { width: size.width, height: size.height, channels: 4 as const }, width, height };
}
