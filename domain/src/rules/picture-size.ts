import type { FileMime } from './file-kinds.ts';

/** Pixels, of a picture or of a page. */
export interface Size {
  width: number;
  height: number;
}

/** More than this no decoder of ours takes: it is the memory of one job. */
export const MAX_PIXELS = 50_000_000;
/** A picture is long above this: a scrolled screenshot, a receipt, never a photograph of a sheet. */
export const LONG_RATIO = 3;

/** How many first bytes of a picture `pictureSize` wants to see: JPEG may have previews and profiles before its size. */
export const SIZE_BYTES = 256 * 1024;

/** What a photograph of a document needs to be read without effort. */
const SHORT_SIDE = 1920;
const AREA = 2560 * 1920;
/** The smallest limits of browsers still in use (iOS); beyond them a canvas comes out blank without a word. */
const CANVAS_AREA = 16_777_216;
const CANVAS_SIDE = 16_384;

/** Whether a picture or page is so long that it is read piece by piece, never as a whole. */
export const isLong = ({ width, height }: Size): boolean =>
  Math.max(width, height) > LONG_RATIO * Math.min(width, height);

/**
 * The size at which the browser sends a picture: short side and area are bounded, never the long side, so that a
 * scrolled screenshot stays as wide as it was. Null where no canvas is large enough: it is sent as it is then.
 */
export function sentSize(size: Size, mime: FileMime): Size | null {
  // Screens are saved as PNG: their letters are only as many pixels as they need.
  if (isLong(size) || (mime === 'image/png' && fitsCanvas(size))) return fitsCanvas(size) ? size : null;
  const { width, height } = size;
  const scale = Math.min(1, SHORT_SIDE / Math.min(width, height), Math.sqrt(AREA / (width * height)));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

const fitsCanvas = ({ width, height }: Size): boolean =>
  width * height <= CANVAS_AREA && Math.max(width, height) <= CANVAS_SIDE;

/** The size a JPEG, PNG or WebP says it has, as its rows lie in the file; null where its first bytes do not tell. */
export function pictureSize(head: Uint8Array, mime: FileMime): Size | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    if (mime === 'image/png') return { width: view.getUint32(16), height: view.getUint32(20) };
    if (mime === 'image/jpeg') return jpegSize(view);
    if (mime === 'image/webp') return webpSize(view);
  } catch (error) {
    // It ends before its size.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

/** ITU T.81, B.2.2: the first frame header among the segments. */
function jpegSize(view: DataView): Size | null {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    } else at += 2 + view.getUint16(at + 2);
  }
}

/** RFC 9649: extended, lossless or lossy. */
function webpSize(view: DataView): Size | null {
  const u24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (view.getUint32(12)) {
    case 0x56_50_38_58:
      return { width: u24(24) + 1, height: u24(27) + 1 };
    case 0x56_50_38_4c: {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case 0x56_50_38_20:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}
