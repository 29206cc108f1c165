import { PREVIEW_SIDE, stripBox, stripsOf } from '@qijian/domain/rules/page-strips.ts';
import { MAX_PIXELS } from '@qijian/domain/rules/picture-size.ts';
import libheif, { type HeifHandle } from 'libheif-js/wasm-bundle.js';
import sharp, { type Raw } from 'sharp';
import { encode, webp } from './pictures.ts';
import { type Rendering, Unreadable } from './rendering.ts';

/** What is decoded at once; a larger picture is decoded tile by tile, as its pixels alone would be most of the memory there is. */
const AT_ONCE = 16_000_000;
/** `heif_colorspace_RGB`, `heif_chroma_interleaved_RGB` and `heif_channel_interleaved`. */
const RGB = 1;
const INTERLEAVED_RGB = 10;
const INTERLEAVED = 10;
/** `heif_image_tiling` of version 1: what of it is read. */
const TILING_BYTES = 128;

type Size = { width: number; height: number };
type Box = Size & { left: number; top: number };
type Pixels = { data: Uint8Array; raw: Raw };

/** Decodes the primary picture of a HEIC file, turned and cropped by the container's own transformations. */
export function renderHeic(content: Uint8Array, atOnce = AT_ONCE): Promise<Rendering> {
  return withPrimary(content, async (handle, size) => {
    const { width, height } = size;
    const shrink = Math.max(1, Math.floor(Math.max(width, height) / PREVIEW_SIDE));
    const box = { left: 0, top: 0, width, height };
    const { data, raw } =
      (width * height > atOnce ? tiled(handle, size, box, shrink) : null) ?? whole(handle);
    return { ...(await encode(data, raw)), width, height, pages: 1, note: null };
  });
}

/** One of its strips, from 1, in its own pixels. */
export function heicStrip(
  content: Uint8Array,
  strip: number,
  strips: number,
  atOnce = AT_ONCE,
): Promise<Uint8Array> {
  return withPrimary(content, async (handle, size) => {
    const full = stripsOf(size, false)?.size ?? size;
    const box = stripBox(full, strip - 1, strips);
    const byTiles = size.width * size.height > atOnce && full.width === size.width;
    const part = byTiles ? tiled(handle, size, box, 1) : null;
    if (part) return webp(part.data, part.raw);
    const { data, raw } = whole(handle);
    const cut = await sharp(data, { raw })
      .resize({ width: full.width, height: full.height, fit: 'fill' })
      .extract(box)
      .raw()
      .toBuffer();
    return webp(cut, { width: box.width, height: box.height, channels: raw.channels });
  });
}

async function withPrimary<T>(
  content: Uint8Array,
  work: (handle: HeifHandle, size: Size) => Promise<T>,
): Promise<T> {
  const context = libheif.heif_context_alloc();
  try {
    const opened = libheif.heif_context_read_from_memory(context, content);
    const handle = libheif.heif_js_context_get_primary_image_handle(context);
    if (opened.code.value !== 0 || !handle || 'code' in handle) throw new Unreadable('broken');
    try {
      const width = libheif.heif_image_handle_get_width(handle);
      const height = libheif.heif_image_handle_get_height(handle);
      if (!(width > 0 && height > 0)) throw new Unreadable('broken');
      if (width * height > MAX_PIXELS) throw new Unreadable('too-large');
      return await work(handle, { width, height });
    } finally {
      libheif.heif_image_handle_release(handle);
    }
  } finally {
    libheif.heif_context_free(context);
  }
}

/** All pixels at once. */
function whole(handle: HeifHandle): Pixels {
  return withCell((cell) => {
    decoded(libheif._heif_decode_image, [handle.$$.ptr, cell, RGB, INTERLEAVED_RGB, 0]);
    return pixelsOf(cell);
  });
}

/**
 * The pixels of a part of the picture, so many to a side averaged into one while they are decoded, tile by tile; null for
 * a picture without tiles, or cropped.
 */
function tiled(handle: HeifHandle, size: Size, box: Box, shrink: number): Pixels | null {
  return withCell((cell) => {
    decoded(libheif._heif_image_handle_get_image_tiling, [handle.$$.ptr, 1, cell]);
    const at = (n: number) => libheif.HEAPU32[(cell >> 2) + n] as number;
    const [columns, rows, tileWidth, tileHeight] = [at(1), at(2), at(3), at(4)];
    // Tiles know nothing of a crop.
    if (columns * rows < 2 || at(5) !== size.width || at(6) !== size.height) return null;
    const [width, height] = [Math.ceil(box.width / shrink), Math.ceil(box.height / shrink)];
    const sums = new Uint32Array(width * height * 3);
    const counts = new Uint16Array(width * height);
    for (let row = 0; row < rows; row++) {
      const y0 = row * tileHeight - box.top;
      if (y0 + tileHeight <= 0 || y0 >= box.height) continue;
      for (let column = 0; column < columns; column++) {
        const x0 = column * tileWidth - box.left;
        if (x0 + tileWidth <= 0 || x0 >= box.width) continue;
        const place = [handle.$$.ptr, cell, RGB, INTERLEAVED_RGB, 0, column, row];
        decoded(libheif._heif_image_handle_decode_image_tile, place);
        const { data, raw } = pixelsOf(cell);
        for (let y = Math.max(0, -y0); y < Math.min(raw.height, box.height - y0); y++) {
          const line = Math.floor((y0 + y) / shrink) * width;
          for (let x = Math.max(0, -x0); x < Math.min(raw.width, box.width - x0); x++) {
            const to = line + Math.floor((x0 + x) / shrink);
            const from = (y * raw.width + x) * 3;
            sums[to * 3] = (sums[to * 3] as number) + (data[from] as number);
            sums[to * 3 + 1] = (sums[to * 3 + 1] as number) + (data[from + 1] as number);
            sums[to * 3 + 2] = (sums[to * 3 + 2] as number) + (data[from + 2] as number);
            counts[to] = (counts[to] as number) + 1;
          }
        }
      }
    }
    const data = new Uint8Array(sums.length);
    for (let n = 0; n < data.length; n++)
      data[n] = (sums[n] as number) / ((counts[Math.floor(n / 3)] as number) || 1);
    return { data, raw: { width, height, channels: 3 } };
  });
}

/** The pixels of the picture that a cell of memory points to, which is released. */
function pixelsOf(cell: number): Pixels {
  const image = libheif.HEAPU32[cell >> 2] as number;
  try {
    const [width, height] = [
      libheif._heif_image_get_width(image, INTERLEAVED),
      libheif._heif_image_get_height(image, INTERLEAVED),
    ];
    const plane = libheif._heif_image_get_plane_readonly(image, INTERLEAVED, cell + 8);
    const stride = libheif.HEAPU32[(cell + 8) >> 2] as number;
    if (!plane || !(width > 0 && height > 0)) throw new Unreadable('broken');
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++)
      data.set(libheif.HEAPU8.subarray(plane + y * stride, plane + y * stride + width * 3), y * width * 3);
    return { data, raw: { width, height, channels: 3 } };
  } finally {
    libheif._heif_image_release(image);
  }
}

/** Calls a function that answers a `heif_error`, which lies where the first argument says. */
function decoded(call: (...values: number[]) => void, values: number[]): void {
  const error = libheif._malloc(16);
  try {
    call(error, ...values);
    if (libheif.HEAPU32[error >> 2] !== 0) throw new Unreadable('broken');
  } finally {
    libheif._free(error);
  }
}

function withCell<T>(work: (cell: number) => T): T {
  const cell = libheif._malloc(TILING_BYTES);
  try {
    libheif.HEAPU8.fill(0, cell, cell + TILING_BYTES);
    return work(cell);
  } finally {
    libheif._free(cell);
  }
}
