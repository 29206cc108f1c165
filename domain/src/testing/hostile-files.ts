import { be32, bytes, pdfOf, sampleJpeg, samplePdf, samplePng, stream } from './sample-files.ts';

export interface HostileFile {
  what: string;
  filename: string;
  content: Uint8Array<ArrayBuffer>;
  /** Refused at the door with this status, or stored and then `failed` with one of these reasons. */
  outcome: { status: 415 | 422 } | { failure: readonly string[] };
}

const refused = { status: 415 } as const;

/** Every hostile file the project knows. */
export function hostileFiles(): HostileFile[] {
  return [
    ...disguised(),
    ...pictures(),
    ...portableDocuments(),
    { what: 'nothing at all', filename: 'empty.jpg', content: bytes(), outcome: { status: 422 } },
  ];
}

/** File names that must never reach a path, a header or a screen as they are. */
export const HOSTILE_NAMES = [
  '../../../../etc/passwd.jpg',
  '..\\..\\windows\\system32\\a.jpg',
  '/etc/shadow.jpg',
  'a\u0000.jpg',
  'a\r\nSet-Cookie: x=1.jpg',
  'invoice\u202egpj.exe',
  '\u2066photo\u2069.jpg',
  `${'银'.repeat(200)}.jpg`,
  `${'x'.repeat(300)}.jpg`,
  'cafe\u0301.jpg',
  '"quoted"; filename=other.html',
  '<img src=x onerror=alert(1)>.jpg',
  '.htaccess',
  'con.jpg',
  '   .jpg',
];

/** Other kinds under accepted names. */
function disguised(): HostileFile[] {
  const nested = Array.from(
    { length: 12 },
    (_, n) => `<g id="a${n + 1}">${`<use href="#a${n}"/>`.repeat(10)}</g>`,
  ).join('');
  return [
    {
      what: 'SVG with nested use',
      filename: 'photo.jpg',
      content: bytes(
        `<svg xmlns="http://www.w3.org/2000/svg"><defs><g id="a0"><rect width="1" height="1"/></g>${nested}</defs><use href="#a12"/></svg>`,
      ),
      outcome: refused,
    },
    {
      what: 'SVG with a script',
      filename: 'logo.png',
      content: bytes(
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      ),
      outcome: refused,
    },
    {
      what: 'HTML',
      filename: 'page.pdf',
      content: bytes('<!doctype html><script>alert(1)</script>'),
      outcome: refused,
    },
    {
      what: 'HTML that becomes a PDF later',
      filename: 'both.pdf',
      content: bytes('<script>alert(1)</script>\n', samplePdf()),
      outcome: refused,
    },
    { what: 'GIF', filename: 'a.webp', content: bytes('GIF89a', new Array(50).fill(0)), outcome: refused },
    { what: 'TIFF', filename: 'scan.jpg', content: bytes('II*', [0, 8, 0, 0, 0, 0, 0]), outcome: refused },
    {
      what: 'big-endian TIFF',
      filename: 'scan.jpeg',
      content: bytes('MM', [0, 42, 0, 0, 0, 8]),
      outcome: refused,
    },
    { what: 'BMP', filename: 'a.png', content: bytes('BM', new Array(60).fill(0)), outcome: refused },
    {
      what: 'Windows program',
      filename: 'photo.jpg',
      content: bytes('MZ', new Array(90).fill(0)),
      outcome: refused,
    },
    {
      what: 'Linux program',
      filename: 'a.pdf',
      content: bytes([0x7f], 'ELF', new Array(60).fill(1)),
      outcome: refused,
    },
    { what: 'ZIP', filename: 'a.pdf', content: bytes('PK', [3, 4], new Array(60).fill(0)), outcome: refused },
    {
      what: 'PostScript for ImageMagick',
      filename: 'a.jpg',
      content: bytes('%!PS-Adobe-3.0\n(%pipe%id) (r) file'),
      outcome: refused,
    },
    {
      what: 'MVG for ImageMagick',
      filename: 'a.png',
      content: bytes('push graphic-context\n'),
      outcome: refused,
    },
    {
      what: 'AVIF',
      filename: 'a.heic',
      content: bytes(be32(28), 'ftypavif', be32(0), 'avifmif1miaf', new Array(40).fill(0)),
      outcome: refused,
    },
    {
      what: 'MP4 film',
      filename: 'a.heic',
      content: bytes(be32(24), 'ftypisom', be32(0), 'isomavc1', new Array(40).fill(0)),
      outcome: refused,
    },
    { what: 'one byte', filename: 'a.jpg', content: bytes([0xff]), outcome: refused },
  ];
}

/** Accepted by their first bytes, impossible or dangerous to decode. */
function pictures(): HostileFile[] {
  const jpeg = sampleJpeg({ width: 1600, height: 1200 });
  const png = samplePng({ width: 400, height: 400 });
  return [
    {
      what: 'a JPEG that ends in the middle',
      filename: 'half.jpg',
      content: jpeg.slice(0, jpeg.length >> 1),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'a JPEG that is only its first bytes',
      filename: 'start.jpg',
      content: jpeg.slice(0, 24),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'HTML behind a JPEG signature',
      filename: 'a.jpg',
      content: bytes([0xff, 0xd8, 0xff], '<script>alert(1)</script>'),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'a PNG that ends in the middle',
      filename: 'half.png',
      content: png.slice(0, png.length >> 1),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'a PNG bomb of 16383 × 16383 pixels',
      filename: 'bomb.png',
      content: samplePng({ declared: [16_383, 16_383] }),
      outcome: { failure: ['too-large'] },
    },
    {
      what: 'a PNG of 2 billion pixels a side',
      filename: 'bomb2.png',
      content: samplePng({ declared: [2_147_483_647, 2_147_483_647] }),
      outcome: { failure: ['too-large', 'broken'] },
    },
    {
      what: 'a JPEG that claims 65500 × 65500 pixels',
      filename: 'claims.jpg',
      content: claimSize(sampleJpeg(), 65_500),
      outcome: { failure: ['too-large'] },
    },
    {
      what: 'a WebP without a picture',
      filename: 'a.webp',
      content: bytes('RIFF', [22, 0, 0, 0], 'WEBPVP8 ', [10, 0, 0, 0], new Array(10).fill(0)),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'a HEIC that is only its first box',
      filename: 'a.heic',
      content: bytes(be32(24), 'ftypheic', be32(0), 'mif1heic', new Array(200).fill(7)),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'a HEIC whose boxes claim four gigabytes',
      filename: 'b.heic',
      content: bytes(
        be32(24),
        'ftypheic',
        be32(0),
        'mif1heic',
        be32(0xffff_ffff),
        'meta',
        be32(0),
        be32(0xffff_fff0),
        'iloc',
        new Array(80).fill(255),
      ),
      outcome: { failure: ['broken'] },
    },
  ];
}

const catalog = '<< /Type /Catalog /Pages 2 0 R >>';
const box = '/MediaBox [0 0 595 842]';

/** Twelve drawings as objects 3 to 14, each of which draws the one before it ten times. */
const laughs = Array.from({ length: 12 }, (_, n) =>
  stream(
    n === 0 ? '0 0 500 500 re f ' : `/X${n} Do `.repeat(10),
    `/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Resources << /XObject << /X${n} ${n + 2} 0 R >> >> `,
  ),
);
const laughing =
  '<< /Type /Page /Parent 2 0 R /Contents 16 0 R /Resources << /XObject << /X12 14 0 R >> >> >>';

/** PDFs of several pages of which the first is harmless: they are `ready`, and this page of them cannot be shown. */
export function hostileFurtherPages(): { what: string; content: Uint8Array<ArrayBuffer>; page: number }[] {
  const harmless = '<< /Type /Page /Parent 2 0 R >>';
  const second = (page: string) =>
    pdfOf([catalog, `<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 ${box} >>`, harmless, page]);
  return [
    {
      what: 'of 350 km',
      page: 2,
      content: second('<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1000000000 1000000000] >>'),
    },
    { what: 'that is a number', page: 2, content: second('7') },
    {
      what: 'that is the page tree',
      page: 2,
      content: pdfOf([catalog, `<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 ${box} >>`, harmless]),
    },
    {
      what: 'that is only claimed',
      page: 100,
      content: pdfOf([catalog, `<< /Type /Pages /Kids [3 0 R] /Count 100 ${box} >>`, harmless]),
    },
    {
      what: 'of a hundred billion rectangles',
      page: 2,
      content: pdfOf([
        catalog,
        `<< /Type /Pages /Kids [17 0 R 15 0 R] /Count 2 ${box} >>`,
        ...laughs,
        laughing,
        stream('/X12 Do '.repeat(10)),
        harmless,
      ]),
    },
  ];
}

function portableDocuments(): HostileFile[] {
  const thousand = (id: number) => `${id} 0 R `.repeat(1000);
  // 0x81 repeats the next byte 128 times: every layer of the filter makes it 64 times as much.
  const repeated = '\u0081\u0020'.repeat(4000);
  return [
    {
      what: 'a PDF that is only its header',
      filename: 'a.pdf',
      content: bytes('%PDF-1.7\n', new Array(300).fill(65)),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'a PDF that ends in the middle',
      filename: 'half.pdf',
      content: samplePdf({ pages: 3 }).slice(0, 200),
      outcome: { failure: ['broken'] },
    },
    {
      what: 'an encrypted PDF',
      filename: 'locked.pdf',
      content: pdfOf(
        [
          catalog,
          `<< /Type /Pages /Kids [3 0 R] /Count 1 ${box} >>`,
          '<< /Type /Page /Parent 2 0 R >>',
          `<< /Filter /Standard /V 1 /R 2 /P -4 /O <${'a1'.repeat(32)}> /U <${'b2'.repeat(32)}> >>`,
        ],
        `/Encrypt 4 0 R /ID [<${'c3'.repeat(16)}> <${'c3'.repeat(16)}>] `,
      ),
      outcome: { failure: ['encrypted'] },
    },
    {
      what: 'a PDF of 201 pages',
      filename: 'long.pdf',
      content: samplePdf({ pages: 201 }),
      outcome: { failure: ['too-many-pages'] },
    },
    {
      what: 'a PDF of a million pages in 14 KB',
      filename: 'million.pdf',
      content: pdfOf([
        catalog,
        `<< /Type /Pages /Kids [${thousand(3)}] /Count 1000000 ${box} >>`,
        `<< /Type /Pages /Parent 2 0 R /Kids [${thousand(4)}] /Count 1000 >>`,
        '<< /Type /Page /Parent 3 0 R >>',
      ]),
      outcome: { failure: ['too-many-pages', 'broken'] },
    },
    {
      what: 'a PDF page of 350 km',
      filename: 'giant.pdf',
      content: samplePdf({ mediaBox: [1_000_000_000, 1_000_000_000] }),
      outcome: { failure: ['too-large'] },
    },
    {
      what: 'a PDF whose page tree is a circle',
      filename: 'circle.pdf',
      content: pdfOf([
        catalog,
        `<< /Type /Pages /Kids [3 0 R] /Count 3 ${box} >>`,
        '<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 3 >>',
      ]),
      outcome: { failure: ['broken', 'too-many-pages'] },
    },
    {
      what: 'a PDF that draws a hundred billion rectangles',
      filename: 'laughs.pdf',
      content: pdfOf([
        catalog,
        `<< /Type /Pages /Kids [15 0 R] /Count 1 ${box} >>`,
        ...laughs,
        laughing,
        stream('/X12 Do '.repeat(10)),
      ]),
      outcome: { failure: ['timeout', 'memory'] },
    },
    {
      what: 'a PDF with a drawing that draws itself',
      filename: 'itself.pdf',
      content: pdfOf([
        catalog,
        `<< /Type /Pages /Kids [4 0 R] /Count 1 ${box} >>`,
        stream(
          '/X Do '.repeat(10),
          '/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Resources << /XObject << /X 3 0 R >> >> ',
        ),
        '<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /XObject << /X 3 0 R >> >> >>',
        stream('/X Do '.repeat(10)),
      ]),
      outcome: { failure: ['ready', 'broken', 'timeout', 'memory'] },
    },
    {
      what: 'a PDF stream that unpacks to gigabytes',
      filename: 'unpack.pdf',
      content: pdfOf([
        catalog,
        `<< /Type /Pages /Kids [3 0 R] /Count 1 ${box} >>`,
        '<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>',
        stream(repeated, `/Filter [${'/RunLengthDecode '.repeat(4)}] `),
      ]),
      outcome: { failure: ['ready', 'broken', 'memory', 'timeout', 'crashed'] },
    },
  ];
}

/** Overwrites the size in the frame header of a baseline JPEG. */
function claimSize(jpeg: Uint8Array<ArrayBuffer>, side: number): Uint8Array<ArrayBuffer> {
  const at = jpeg.findIndex((byte, n) => byte === 0xff && jpeg[n + 1] === 0xc0);
  jpeg.set([side >> 8, side & 0xff, side >> 8, side & 0xff], at + 5);
  return jpeg;
}
