import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium';
import { type CjkFonts, installCjkFonts } from './cjk-fonts.ts';

/** PDFium and the fonts it was given. */
export interface Library {
  pdfium: WrappedPdfiumModule;
  fonts: CjkFonts;
}

let loading: Promise<Library> | null = null;

/** PDFium, loaded with the first PDF: a decoder that sees none does without its memory. */
export function library(): Promise<Library> {
  loading ??= (async () => {
    const binary = readFileSync(fileURLToPath(import.meta.resolve('@embedpdf/pdfium/pdfium.wasm')));
    const pdfium = await init({ wasmBinary: binary as unknown as ArrayBuffer });
    pdfium.PDFiumExt_Init();
    return { pdfium, fonts: installCjkFonts(pdfium, () => heapOf(pdfium)) };
  })();
  return loading;
}

/** All of PDFium's memory; to be asked for each time, as it is another one when it has grown. */
export function heapOf(pdfium: WrappedPdfiumModule): Uint8Array {
  return (pdfium.pdfium as unknown as { HEAPU8: Uint8Array }).HEAPU8;
}

/** Memory of PDFium's for the time of `work`. */
export function withMemory<T>(pdfium: WrappedPdfiumModule, bytes: number, work: (at: number) => T): T {
  const { malloc, free } = pdfium.pdfium.wasmExports;
  const at = malloc(bytes);
  if (!at) throw new Error('PDFium has no memory left');
  try {
    return work(at);
  } finally {
    free(at);
  }
}
