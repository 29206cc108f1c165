import type { Box } from '@qijian/domain/rules/page-strips.ts';
import type { Size } from '@qijian/domain/rules/picture-size.ts';
import { heapOf, type Library, withMemory } from './pdfium.ts';

/** `FPDF_ANNOT`, `FPDF_LCD_TEXT` and `FPDF_REVERSE_BYTE_ORDER`: red first, as sharp wants it. */
const ANNOTATIONS = 0x01;
const FLAGS = 0x02 | 0x10;
const BGRA = 4;
const WHITE = 0xffff_ffff;
/** Kinds of objects on a page, by `FPDFPageObj_GetType`. */
const IMAGE = 3;
const FORM = 5;
const DEEPEST = 5;

/** The pixels of a page with its form fields, on white, the longest side of this length. */
export function paint(library: Library, page: number, form: number, size: Size, length: number) {
  const scale = length / Math.max(size.width, size.height);
  const whole = {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
  return paintPart(library, page, form, whole, { left: 0, top: 0, ...whole });
}

/** The pixels of a part of a page that is `whole` pixels large: no more than the part is ever in memory. */
export function paintPart({ pdfium }: Library, page: number, form: number, whole: Size, part: Box) {
  const { left, top, width, height } = part;
  const bytes = width * height * 4;
  return withMemory(pdfium, bytes, (at) => {
    const bitmap = pdfium.FPDFBitmap_CreateEx(width, height, BGRA, at, width * 4);
    try {
      pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE);
      pdfium.FPDF_RenderPageBitmap(
        bitmap,
        page,
        -left,
        -top,
        whole.width,
        whole.height,
        0,
        FLAGS | ANNOTATIONS,
      );
      // Form fields alone: popups of annotations are not part of the page.
      pdfium.FPDF_FFLDraw(form, bitmap, page, -left, -top, whole.width, whole.height, 0, FLAGS);
    } finally {
      pdfium.FPDFBitmap_Destroy(bitmap);
    }
    const data = heapOf(pdfium).slice(at, at + bytes);
    return { data, raw: { width, height, channels: 4 as const } };
  });
}

/** Whether a picture is white all over. */
export function isWhite(pixels: Uint8Array): boolean {
  return new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length >> 2).every(
    (pixel) => pixel === WHITE,
  );
}

/** Whether there are pictures on a page, be they in drawings within drawings. */
export function hasPictures({ pdfium }: Library, page: number): boolean {
  const among = (count: number, get: (n: number) => number, depth: number): boolean => {
    for (let n = 0; n < count; n++) {
      const object = get(n);
      const type = pdfium.FPDFPageObj_GetType(object);
      if (type === IMAGE) return true;
      const within = type === FORM && depth < DEEPEST ? pdfium.FPDFFormObj_CountObjects(object) : 0;
      if (within > 0 && among(within, (m) => pdfium.FPDFFormObj_GetObject(object, m), depth + 1)) return true;
    }
    return false;
  };
  return among(pdfium.FPDFPage_CountObjects(page), (n) => pdfium.FPDFPage_GetObject(page, n), 0);
}
