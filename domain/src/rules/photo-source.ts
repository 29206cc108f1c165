/** Bytes of a file within which a camera's notes begin. */
export const SOURCE_BYTES = 128 * 1024;

const EXIF = 0x8769;
/** Exposure time and aperture, which only a camera has (Exif 2.32, 4.6.5). */
const BY_CAMERA = [0x829a, 0x829d];

/**
 * Whether a camera took a picture, by what it wrote into the head of the file. False of screenshots, scans and pictures
 * that lost their notes on the way: of these nobody can say that the light was bad.
 */
export function isCameraPicture(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    // Screenshots are not HEIC.
    if (text(view, 4, 4) === 'ftyp') return /^(hei|hev|mif1|msf1)/.test(text(view, 8, 4));
    if (view.getUint16(0) !== 0xffd8) return false;
    for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
      if (view.getUint8(at + 1) === 0xe1 && text(view, at + 4, 4) === 'Exif')
        return hasExposure(view, at + 10);
    }
  } catch (error) {
    // A head that ends too early, or points beyond itself, says nothing.
    if (!(error instanceof RangeError)) throw error;
  }
  return false;
}

/** Looks into the Exif directory of a TIFF structure that begins at `base`. */
function hasExposure(view: DataView, base: number): boolean {
  const isLittle = text(view, base, 2) === 'II';
  const short = (at: number) => view.getUint16(base + at, isLittle);
  const long = (at: number) => view.getUint32(base + at, isLittle);
  const tags = (at: number) => Array.from({ length: short(at) }, (_, n) => at + 2 + n * 12);
  const exif = tags(long(4)).find((at) => short(at) === EXIF);
  return exif !== undefined && tags(long(exif + 8)).some((at) => BY_CAMERA.includes(short(at)));
}

const text = (view: DataView, at: number, length: number) =>
  String.fromCharCode(...Array.from({ length }, (_, n) => view.getUint8(at + n)));
