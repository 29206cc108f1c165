/** Small valid files, built byte by byte, for tests and load: no binaries in the repository, nothing from outside. */

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);

/** Joins byte arrays and Latin-1 strings. */
export function bytes(...parts: (string | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const arrays = parts.map((part) => (typeof part === 'string' ? latin(part) : Uint8Array.from(part)));
  const joined = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    joined.set(array, at);
    at += array.length;
  }
  return joined;
}

const be16 = (value: number) => [(value >> 8) & 0xff, value & 0xff];
export const be32 = (value: number) => [
  (value >>> 24) & 0xff,
  (value >>> 16) & 0xff,
  (value >>> 8) & 0xff,
  value & 0xff,
];
const le16 = (value: number) => [value & 0xff, (value >> 8) & 0xff];

/**
 * A grey baseline JPEG. `comment` makes the bytes differ; `padTo` fills it up with comments to about that many bytes;
 * `orientation` adds an EXIF block with that value and a GPS marker text.
 */
export function sampleJpeg(
  options: { width?: number; height?: number; comment?: string; padTo?: number; orientation?: number } = {},
): Uint8Array<ArrayBuffer> {
  const { width = 64, height = 48, comment = '', padTo = 0, orientation } = options;
  const segment = (marker: number, content: Uint8Array) =>
    bytes([0xff, marker, ...be16(content.length + 2)], content);
  const parts: Uint8Array[] = [bytes([0xff, 0xd8])];
  parts.push(segment(0xe0, bytes('JFIF', [0, 1, 1, 0, 0, 1, 0, 1, 0, 0])));
  if (orientation) {
    const entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, ...le16(orientation), 0, 0];
    parts.push(
      segment(
        0xe1,
        bytes('Exif', [0, 0], 'II', [42, 0, 8, 0, 0, 0, 1, 0, ...entry, 0, 0, 0, 0], 'GPS-31.2304'),
      ),
    );
  }
  if (comment) parts.push(segment(0xfe, latin(comment)));
  for (let missing = padTo - 300; missing > 0; missing -= 65_000) {
    parts.push(segment(0xfe, filler(Math.min(missing, 65_000), missing)));
  }
  // Quantisation of ones but for DC; the only codes are "no change" and "end of block", after one DC step.
  parts.push(segment(0xdb, bytes([0, 8], new Uint8Array(63).fill(1))));
  parts.push(segment(0xc0, bytes([8, ...be16(height), ...be16(width), 1, 1, 0x11, 0])));
  parts.push(segment(0xc4, bytes([0x00, 1, 1], new Uint8Array(14), [0, 6])));
  parts.push(segment(0xc4, bytes([0x10, 1], new Uint8Array(15), [0])));
  parts.push(segment(0xda, bytes([1, 1, 0, 0, 63, 0])));
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  // First block: category 6, value 42, end of block; every other block: two zero bits; padded with ones.
  const bits = `10${(42).toString(2).padStart(6, '0')}0`;
  const total = bits.length + (blocks - 1) * 2;
  const scan = new Uint8Array(Math.ceil(total / 8));
  for (let n = 0; n < scan.length * 8; n++) {
    const bit = n < bits.length ? bits[n] === '1' : n >= total;
    if (bit) scan[n >> 3] = (scan[n >> 3] as number) | (0x80 >> (n & 7));
  }
  parts.push(scan, bytes([0xff, 0xd9]));
  return bytes(...parts);
}

/** A grey PNG; `declared` lets its header claim another size than the pixels it has. */
export function samplePng(
  options: { width?: number; height?: number; text?: string; declared?: [number, number] } = {},
): Uint8Array<ArrayBuffer> {
  const { width = 16, height = 16, text = '' } = options;
  const [w, h] = options.declared ?? [width, height];
  const rows = new Uint8Array((width + 1) * height).fill(0x99);
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < rows.length; at += 65_535) {
    const block = rows.subarray(at, at + 65_535);
    const last = at + 65_535 >= rows.length ? 1 : 0;
    blocks.push(bytes([last, ...le16(block.length), ...le16(~block.length & 0xffff)], block));
  }
  return bytes(
    [0x89],
    'PNG\r\n',
    [0x1a],
    '\n',
    chunk('IHDR', bytes(be32(w), be32(h), [8, 0, 0, 0, 0])),
    ...(text ? [chunk('tEXt', bytes('Comment', [0], text))] : []),
    chunk('IDAT', bytes([0x78, 0x01], ...blocks, be32(adler32(rows)))),
    chunk('IEND', bytes()),
  );
}

/** A HEIC of 64 × 48 pixels: a green stripe above red (left) and blue (right). */
export function sampleHeic(): Uint8Array<ArrayBuffer> {
  return bytes(atob(HEIC.join('')));
}

/** HEVC takes an encoder of its own, so this one is kept as it came out of one. */
const HEIC = [
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAa1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA',
  'AAAAAA5waXRtAAAAAAACAAAAEGlkYXQAAAAAAEAAMAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHRAAEAAAAAAAAAgwACAAEA',
  'AAAAAAAAAQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAA',
  'AADYaXBycAAAALZpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAe',
  'ugJAIQABACpCAQEDcAAAAwCQAAADAAADAB6gIIEFlurkprm4EBAwIAAAAwAgAAADACEiAAEABkQBwXPAiQAAABRpc3BlAAAA',
  'AAAAAEAAAABAAAAAFGlzcGUAAAAAAAAAQAAAADAAAAAQcGl4aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QA',
  'AAAaaXJlZgAAAAAAAAAOZGltZwACAAEAAQAAAIttZGF0AAAAfygBrxOAuMJ8Jm/3Uf+X6v5bpIHxF/8ZLF9W/IZFY1K2ZjII',
  '9UzB2hBqRoqj/QlSwLLVY+10GBy2nv7YqCwMCF1GuIZ+Su2XsKzPN1CXwin/AXexo2xZcVz+6uPEQE0zLl73NzQAGvFul5Ai',
  'ClT9PnLcy+AJH9a5w8Jt49Fn1IA=',
];

/** A picture of 512 × 512 pixels, as large as the tiles of telephones are: the same stripe above red and blue. */
const LARGE_HEIC = [
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUNtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA',
  'AA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFnAAEAAAAAAAAAjgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA',
  'AGh2YzEAAAAAw2lwcnAAAAClaXBjbwAAAHlodmNDAQNwAAAAAAAAAAAAWvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMA',
  'AAMAWroCQCEAAQAsQgEBA3AAAAMAkAAAAwAAAwBaoAQCAIBZbqSRprm4EBAwIAAAAwAgAAADACEiAAEAB0QBwXKwYkAAAAAUaXNw',
  'ZQAAAAAAAAIAAAACAAAAABBwaXhpAAAAAAMICAgAAAAWaXBtYQAAAAAAAAABAAEDgQKDAAAAlm1kYXQAAACKKAGvBBEGYMrJIIHg',
  '/Hk46//g5P4xJ+uURv7BOZ0dwKYWJmAFNKfo7gZgxT0AAAMA4YAG0apbKb+nero/+OZdRhfUlgAwRJEyBZimlUQa7d7P1QUHIT/y',
  'gFktNfo1gJMhcsJcmmAAyICHAAA7m5wAYMAAAAMB4NXAB/QAAAYyc4AbsAAADbCKAFXA',
];

/** A PDF whose objects are given; object 1 must be the catalog. */
export function pdfOf(objects: readonly string[], trailer = ''): Uint8Array<ArrayBuffer> {
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, n) => {
    const offset = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) text += `${String(offset).padStart(10, '0')} 00000 n \n`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer}>>\nstartxref\n${start}\n%%EOF\n`;
  return latin(text) as Uint8Array<ArrayBuffer>;
}

/** A PDF of A4 pages (or of `mediaBox`), each with a line of text. */
export function samplePdf(
  options: { pages?: number; text?: string; mediaBox?: [number, number] } = {},
): Uint8Array<ArrayBuffer> {
  const { pages = 1, text = 'Bank statement', mediaBox = [595, 842] } = options;
  const content = `BT /F1 24 Tf 60 ${mediaBox[1] - 90} Td (${text}) Tj ET`;
  const kids = Array.from({ length: pages }, (_, n) => `${n + 5} 0 R`).join(' ');
  return pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages} /MediaBox [0 0 ${mediaBox.join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    stream(content),
    ...Array.from(
      { length: pages },
      () => '<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>',
    ),
  ]);
}

/** A PDF stream object. */
export function stream(content: string, dictionary = ''): string {
  return `<< /Length ${content.length} ${dictionary}>>\nstream\n${content}\nendstream`;
}

/** A chunk of a PNG. */
export function chunk(name: string, content: Uint8Array): Uint8Array {
  const body = bytes(name, content);
  return bytes(be32(content.length), body, be32(crc32(body)));
}

/** Bytes that do not compress and do not repeat; the same for the same seed. */
function filler(length: number, seed: number): Uint8Array {
  const result = new Uint8Array(length);
  let state = seed | 1;
  for (let n = 0; n < length; n++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    // No 0xff, so that no decoder takes it for a marker.
    result[n] = ((state >>> 16) & 0xff) % 255;
  }
  return result;
}

function crc32(content: Uint8Array): number {
  let crc = -1;
  for (const byte of content) {
    crc ^= byte;
    for (let n = 0; n < 8; n++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function adler32(content: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of content) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

/** Boxes of an ISO base media file from one place to another: where they begin and end, by name. */
function boxesOf(content: Uint8Array, from: number, to: number): Map<string, [number, number]> {
  const boxes = new Map<string, [number, number]>();
  const view = new DataView(content.buffer, content.byteOffset);
  for (let at = from; at + 8 <= to; at += view.getUint32(at)) {
    boxes.set(String.fromCharCode(...content.subarray(at + 4, at + 8)), [at, at + view.getUint32(at)]);
  }
  return boxes;
}

const isoBox = (name: string, ...parts: (string | readonly number[] | Uint8Array)[]) => {
  const body = bytes(...parts);
  return bytes(be32(body.length + 8), name, body);
};

/**
 * A HEIC that is a grid of one tile of 64 × 64 pixels, or of 512 × 512, again and again: a green stripe above red and blue in each; decoders
 * take up to a thousand. `crop` adds a clean aperture (`clap`) of that size, at the upper left or where `cropAt` says,
 * `turns` what turns it counterclockwise by so many quarters (`irot`), `mirrored` what swaps left and right (`imir`); in
 * this order.
 */
export function gridHeic(options: {
  width: number;
  height: number;
  crop?: [number, number];
  cropAt?: [left: number, top: number];
  turns?: number;
  mirrored?: boolean;
  tile?: 64 | 512;
}): Uint8Array<ArrayBuffer> {
  const { width, height, crop, cropAt: [left, top] = [0, 0], turns, mirrored, tile: side = 64 } = options;
  const sample = side === 64 ? sampleHeic() : bytes(atob(LARGE_HEIC.join('')));
  const meta = boxesOf(sample, 0, sample.length).get('meta') as [number, number];
  const inner = boxesOf(sample, meta[0] + 12, meta[1]);
  const box = (name: string) => sample.slice(...(inner.get(name) as [number, number]));
  const tile = sample.slice(...(boxesOf(sample, 0, sample.length).get('mdat') as [number, number])).slice(8);
  const iprp = inner.get('iprp') as [number, number];
  const ipco = boxesOf(sample, iprp[0] + 8, iprp[1]).get('ipco') as [number, number];
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const many = columns * rows;
  const ids = Array.from({ length: many }, (_, n) => n + 1);
  const grid = many + 1;
  // The properties of the sample are its decoder's, the sizes of tile and picture, and the depth; the picture's is another here.
  const kept = boxesOf(sample, ipco[0] + 8, ipco[1]);
  const hvcC = sample.slice(...(kept.get('hvcC') as [number, number]));
  const pixi = sample.slice(...(kept.get('pixi') as [number, number]));
  const size = (w: number, h: number) => isoBox('ispe', be32(0), be32(w), be32(h));
  const transformations: Uint8Array[] = [];
  if (crop) {
    // Fractions of the size, and how far the middle of what is kept is from the middle of the picture.
    const [x, y] = [2 * left + crop[0] - width, 2 * top + crop[1] - height];
    const aperture = [crop[0], 1, crop[1], 1, x, 2, y, 2];
    transformations.push(isoBox('clap', ...aperture.map((value) => be32(value))));
  }
  if (turns) transformations.push(isoBox('irot', [turns]));
  if (mirrored) transformations.push(isoBox('imir', [1]));
  const essential = transformations.map((_, n) => 0x80 | (5 + n));
  const associations = [
    ...ids.map((id) => bytes(be16(id), [3, 0x81, 2, 4])),
    bytes(be16(grid), [2 + essential.length, 3, 4, ...essential]),
  ];
  const entry = (id: number, type: string, hidden: boolean) =>
    bytes(be32(21), 'infe', [2, 0, 0, hidden ? 1 : 0], be16(id), be16(0), type, [0]);
  const metaOf = (offset: number) =>
    isoBox(
      'meta',
      be32(0),
      box('hdlr'),
      isoBox('pitm', be32(0), be16(grid)),
      isoBox('idat', [0, 1, rows - 1, columns - 1], be32(width), be32(height)),
      // Version 1; offsets and lengths of four bytes.
      isoBox(
        'iloc',
        [1, 0, 0, 0, 0x44, 0],
        be16(many + 1),
        ...ids.map((id) => bytes(be16(id), be16(0), be16(0), be16(1), be32(offset), be32(tile.length))),
        bytes(be16(grid), be16(1), be16(0), be16(1), be32(0), be32(12)),
      ),
      isoBox(
        'iinf',
        be32(0),
        be16(many + 1),
        ...ids.map((id) => entry(id, 'hvc1', true)),
        entry(grid, 'grid', false),
      ),
      isoBox(
        'iprp',
        isoBox('ipco', hvcC, size(side, side), size(width, height), pixi, ...transformations),
        isoBox('ipma', be32(0), be32(many + 1), ...associations),
      ),
      isoBox('iref', be32(0), isoBox('dimg', be16(grid), be16(many), ...ids.map((id) => be16(id)))),
    );
  const ftyp = sample.slice(0, meta[0]);
  const start = ftyp.length + metaOf(0).length + 8;
  return bytes(ftyp, metaOf(start), isoBox('mdat', tile));
}
