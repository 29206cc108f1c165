import { PREVIEW_SIDE, stripBox, stripsOf } from '@qijian/domain/rules/page-strips.ts';
import { MAX_PIXELS } from '@qijian/domain/rules/picture-size.ts';
import libheif, { type HeifContext, type HeifHandle } from 'libheif-js/wasm-bundle.js';
import sharp, { type Raw } from 'sharp';
import { encode, webp } from './pictures.ts';
import { type Rendering, Unreadable } from './rendering.ts';

/** What is decoded at once; a larger picture is decoded tile by tile, as its pixels alone would be most of the memory there is. */
const AT_ONCE = 16_000_000;
/** `heif_colorspace_RGB`, `heif_chroma_interleaved_RGB` and `heif_channel_interleaved`. */
const RGB = 1;
const INTERLEAVED_RGB = 10;
const INTERLEAVED = 10;
/** Room for what libheif answers through a pointer: a `heif_image_tiling`, a list, an image. */
const CELL_BYTES = 128;
/** `heif_item_property_type` of the two transformations that are not a crop. */
const ROTATION = fourCharacters('irot');
const MIRROR = fourCharacters('imir');

type Size = { width: number; height: number };
type Box = Size & { left: number; top: number };
type Pixels = { data: Uint8Array; raw: Raw };
type Primary = { context: HeifContext; handle: HeifHandle; size: Size };

/** Decodes the primary picture of a HEIC file, turned and cropped by the container's own transformations. */
export function renderHeic(content: Uint8Array, atOnce = AT_ONCE): Promise<Rendering> {
  return withPrimary(content, async (primary) => {
    const { width, height } = primary.size;
    const shrink = Math.max(1, Math.floor(Math.max(width, height) / PREVIEW_SIDE));
    const box = { left: 0, top: 0, width, height };
    const { data, raw } =
      (width * height > atOnce ? tiled(primary, box, shrink) : null) ?? whole(primary.handle);
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
  return withPrimary(content, async (primary) => {
    const { handle, size } = primary;
    const full = stripsOf(size, false)?.size ?? size;
    const box = stripBox(full, strip - 1, strips);
    const byTiles = size.width * size.height > atOnce && full.width === size.width;
    const part = byTiles ? tiled(primary, box, 1) : null;
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

async function withPrimary<T>(content: Uint8Array, work: (primary: Primary) => Promise<T>): Promise<T> {
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
      return await work({ context, handle, size: { width, height } });
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
 * a picture without tiles. Tiles are decoded as they lie in the file, where the grid begins with a whole one, and each
 * pixel is put where the container's transformations want it.
 */
function tiled(primary: Primary, box: Box, shrink: number): Pixels | null {
  const { handle, size } = primary;
  return withCell((cell) => {
    decoded(libheif._heif_image_handle_get_image_tiling, [handle.$$.ptr, 0, cell]);
    const at = (n: number) => libheif.HEAPU32[(cell >> 2) + n] as number;
    const [columns, rows, tileWidth, tileHeight] = [at(1), at(2), at(3), at(4)];
    const stored = { width: at(5), height: at(6) };
    const placing = placingOf(primary, stored);
    if (columns * rows < 2 || placing.width !== size.width || placing.height !== size.height) return null;
    const { width, height } = {
      width: Math.ceil(box.width / shrink),
      height: Math.ceil(box.height / shrink),
    };
    // A stored column is a column of the picture or, turned, a row of it; so where a pixel goes is the sum of two parts.
    const place = (to: number, from: number, length: number, step: number) =>
      to < from || to >= from + length ? -1 : Math.floor((to - from) / shrink) * step;
    const across = ({ axis, start, sign }: Axis, length: number) =>
      Int32Array.from({ length }, (_, n) =>
        axis === 'x'
          ? place(start + sign * n, box.left, box.width, 1)
          : place(start + sign * n, box.top, box.height, width),
      );
    const [ofColumn, ofRow] = [across(placing.column, stored.width), across(placing.row, stored.height)];
    const [sums, counts] = [new Uint32Array(width * height * 3), new Uint16Array(width * height)];
    const options = libheif._heif_decoding_options_alloc();
    // The second of its bytes: `ignore_transformations`.
    libheif.HEAPU8[options + 1] = 1;
    try {
      for (let row = 0; row < rows; row++) {
        const inRow = ofRow.subarray(row * tileHeight, (row + 1) * tileHeight);
        if (inRow.every((place) => place < 0)) continue;
        for (let column = 0; column < columns; column++) {
          const inColumn = ofColumn.subarray(column * tileWidth, (column + 1) * tileWidth);
          if (inColumn.every((place) => place < 0)) continue;
          const tile = [handle.$$.ptr, cell, RGB, INTERLEAVED_RGB, options, column, row];
          decoded(libheif._heif_image_handle_decode_image_tile, tile);
          add(pixelsOf(cell), inColumn, inRow, sums, counts);
        }
      }
    } finally {
      libheif._heif_decoding_options_free(options);
    }
    const data = new Uint8Array(sums.length);
    for (let n = 0; n < data.length; n++)
      data[n] = (sums[n] as number) / ((counts[Math.floor(n / 3)] as number) || 1);
    return { data, raw: { width, height, channels: 3 } };
  });
}

/** Adds the pixels of a tile where its columns and rows belong; what is cut away belongs nowhere. */
function add(
  { data, raw }: Pixels,
  inColumn: Int32Array,
  inRow: Int32Array,
  sums: Uint32Array,
  counts: Uint16Array,
) {
  const [width, height] = [Math.min(raw.width, inColumn.length), Math.min(raw.height, inRow.length)];
  for (let y = 0; y < height; y++) {
    const line = inRow[y] as number;
    if (line < 0) continue;
    for (let x = 0; x < width; x++) {
      const place = inColumn[x] as number;
      if (place < 0) continue;
      const to = line + place;
      const from = (y * raw.width + x) * 3;
      sums[to * 3] = (sums[to * 3] as number) + (data[from] as number);
      sums[to * 3 + 1] = (sums[to * 3 + 1] as number) + (data[from + 1] as number);
      sums[to * 3 + 2] = (sums[to * 3 + 2] as number) + (data[from + 2] as number);
      counts[to] = (counts[to] as number) + 1;
    }
  }
}

/** Along which axis of the picture stored columns or rows go, where the first of them is, and in which direction. */
interface Axis {
  axis: 'x' | 'y';
  start: number;
  sign: 1 | -1;
}

/** Where the stored pixels of a picture belong once its container's transformations are done, in their order. */
function placingOf({ context, handle }: Primary, stored: Size) {
  const item = libheif._heif_image_handle_get_item_id(handle.$$.ptr);
  let { width, height } = stored;
  let column: Axis = { axis: 'x', start: 0, sign: 1 };
  let row: Axis = { axis: 'y', start: 0, sign: 1 };
  const both = (change: (axis: Axis) => Axis) => {
    [column, row] = [change(column), change(row)];
  };
  const mirror = (along: Axis['axis'], side: number) =>
    both((of) =>
      of.axis === along ? { ...of, start: side - 1 - of.start, sign: of.sign === 1 ? -1 : 1 } : of,
    );
  for (const property of transformationsOf(context, item)) {
    const of = [context.$$.ptr, item, property] as const;
    const type = libheif._heif_item_get_property_type(...of);
    if (type === ROTATION) {
      for (
        let turned = 0;
        turned < libheif._heif_item_get_property_transform_rotation_ccw(...of);
        turned += 90
      ) {
        // Counterclockwise: what was the right edge is the upper one.
        mirror('x', width);
        both(({ axis, ...of }) => ({ ...of, axis: axis === 'x' ? 'y' : 'x' }));
        [width, height] = [height, width];
      }
    } else if (type === MIRROR) {
      if (libheif._heif_item_get_property_transform_mirror(...of) === 0) mirror('y', height);
      else mirror('x', width);
    } else {
      const { left, top, right, bottom } = bordersOf(of, { width, height });
      both((of) => ({ ...of, start: of.start - (of.axis === 'x' ? left : top) }));
      [width, height] = [width - left - right, height - top - bottom];
    }
  }
  return { width, height, column, row };
}

function transformationsOf(context: HeifContext, item: number): number[] {
  return withCell((cell) => {
    const most = CELL_BYTES / 4;
    const many = libheif._heif_item_get_transformation_properties(context.$$.ptr, item, cell, most);
    return [...libheif.HEAPU32.subarray(cell >> 2, (cell >> 2) + Math.max(0, many))];
  });
}

/** How much a crop takes away at each edge. */
function bordersOf(crop: readonly [number, number, number], { width, height }: Size) {
  return withCell((cell) => {
    const edges = [cell, cell + 4, cell + 8, cell + 12];
    libheif._heif_item_get_property_transform_crop_borders(...crop, width, height, ...edges);
    const [left, top, right, bottom] = edges.map((at) => libheif.HEAP32[at >> 2]) as [
      number,
      number,
      number,
      number,
    ];
    return { left, top, right, bottom };
  });
}

function fourCharacters(name: string): number {
  return Buffer.from(name, 'latin1').readUInt32BE();
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
  const cell = libheif._malloc(CELL_BYTES);
  try {
    libheif.HEAPU8.fill(0, cell, cell + CELL_BYTES);
    return work(cell);
  } finally {
    libheif._free(cell);
  }
}
