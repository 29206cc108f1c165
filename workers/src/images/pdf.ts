import { PDFiumLibrary } from '@hyzyla/pdfium';
import { encode } from './pictures.ts';
import { MAX_PAGES, PREVIEW_SIDE, type Rendering, Unreadable } from './rendering.ts';

/** ISO 32000-1, Annex C: the largest side of a page, in points. */
const MAX_SIDE = 14_400;

let library: Promise<PDFiumLibrary> | null = null;

/** Counts the pages of a PDF and renders the first. */
export async function renderPdf(content: Uint8Array): Promise<Rendering> {
  library ??= PDFiumLibrary.init();
  const document = await (await library).loadDocument(content).catch((error: Error) => {
    throw new Unreadable(/password|security/i.test(error.message) ? 'encrypted' : 'broken');
  });
  try {
    const pages = document.getPageCount();
    if (pages < 1) throw new Unreadable('broken');
    if (pages > MAX_PAGES) throw new Unreadable('too-many-pages');
    const page = document.getPage(0);
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
    return {
      ...(await encode(data, { width: size.width, height: size.height, channels: 4 })),
      width: Math.max(1, Math.round(width)),
      height: Math.max(1, Math.round(height)),
      pages,
    };
  } finally {
    document.destroy();
  }
}
