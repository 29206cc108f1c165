import { pdfOf, stream } from './sample-files.ts';

export interface ChineseText {
  /** As the file names it, e.g. `SimSun`. */
  font?: string;
  /** A predefined CMap (ISO 32000-1, 9.7.5.2). */
  encoding?: string;
  /** The collection of characters of Adobe's that goes with it. */
  ordering?: 'GB1' | 'CNS1' | 'Japan1' | 'Korea1';
  /** The text in the bytes of the encoding, as hexadecimal; `utf16` makes it for the UCS2 and UTF16 CMaps. */
  hex: string;
  /** 3 is text that is not painted. */
  renderMode?: number;
}

/** Text as UTF-16, big-endian, in hexadecimal. */
export function utf16(text: string): string {
  return Array.from({ length: text.length }, (_, n) => text.charCodeAt(n).toString(16).padStart(4, '0')).join(
    '',
  );
}

/** `工商银行 交易流水明细` as GBK. */
export const STATEMENT_GBK = 'b9a4c9ccd2f8d0d020bdbbd2d7c1f7cbaec3f7cfb8';

/** A PDF of one A4 page with a line of text in a font that the file does not carry, as banks make their statements. */
export function chinesePdf(text: ChineseText): Uint8Array<ArrayBuffer> {
  return pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>',
    '<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    stream(`BT /F1 24 Tf ${text.renderMode ?? 0} Tr 60 760 Td <${text.hex}> Tj ET`),
    ...fontOf(text, 6),
  ]);
}

/** A PDF whose one word stands in a form field that has only a value, no drawing of it. */
export function chineseForm(value: string): Uint8Array<ArrayBuffer> {
  const look = '/DA (/F1 18 Tf 0 g)';
  return pdfOf([
    `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /NeedAppearances true ${look} /DR << /Font << /F1 5 0 R >> >> >> >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>',
    '<< /Type /Page /Parent 2 0 R /Annots [4 0 R] >>',
    `<< /Type /Annot /Subtype /Widget /FT /Tx /T (holder) /V <feff${utf16(value)}> ${look} /F 4 /Rect [60 700 400 740] /P 3 0 R >>`,
    ...fontOf({ hex: '', encoding: 'UniGB-UCS2-H' }, 6),
  ]);
}

/** A composite font without its file; the first of the objects is the font, `next` the number of the second. */
function fontOf({ font = 'SimSun', encoding = 'GBK-EUC-H', ordering = 'GB1' }: ChineseText, next: number) {
  return [
    `<< /Type /Font /Subtype /Type0 /BaseFont /${font} /Encoding /${encoding} /DescendantFonts [${next} 0 R] >>`,
    `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /${font} /CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) /Supplement 2 >> /DW 1000 /FontDescriptor ${next + 1} 0 R >>`,
    `<< /Type /FontDescriptor /FontName /${font} /Flags 6 /FontBBox [0 -141 1000 859] /ItalicAngle 0 /Ascent 859 /Descent -141 /CapHeight 683 /StemV 80 >>`,
  ];
}

/** A PDF of A4 pages, each with one JPEG that no decoder can read, after `readable` pages with words. */
export function unreadableScan(pages: number, readable = 0): Uint8Array<ArrayBuffer> {
  const kids = Array.from({ length: pages + readable }, (_, n) => `${n + 7} 0 R`);
  const page = (contents: number) =>
    `<< /Type /Page /Parent 2 0 R /Contents ${contents} 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /I 5 0 R >> >> >>`;
  return pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids.join(' ')}] /Count ${kids.length} /MediaBox [0 0 595 842] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    stream('BT /F1 24 Tf 60 760 Td (Bank statement) Tj ET'),
    stream(
      'this was a photograph',
      '/Type /XObject /Subtype /Image /Width 100 /Height 100 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode ',
    ),
    stream('q 500 0 0 700 40 60 cm /I Do Q'),
    ...Array.from({ length: pages }, () => page(6)),
    ...Array.from({ length: readable }, () => page(4)),
  ]);
}

/** A form of Adobe's XFA, with the page that other programs show of it. */
export function dynamicForm(): Uint8Array<ArrayBuffer> {
  return pdfOf([
    '<< /Type /Catalog /Pages 2 0 R /NeedsRendering true /AcroForm << /Fields [] /XFA 6 0 R >> >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>',
    '<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    stream('BT /F1 14 Tf 60 760 Td (Please wait... If this message is not replaced) Tj ET'),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    stream('<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"></xdp:xdp>'),
  ]);
}
