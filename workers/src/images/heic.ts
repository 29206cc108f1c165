import { stripBox, stripsOf } from '@qijian/domain/rules/page-strips.ts';
import { MAX_PIXELS } from '@qijian/domain/rules/picture-size.ts';
import libheif from 'libheif-js/wasm-bundle.js';
import sharp from 'sharp';
import { encode, webp } from './pictures.ts';
import { type Rendering, Unreadable } from './rendering.ts';

/** Decodes the primary picture of a HEIC file, turned upright by the container's own transformations. */
export async function renderHeic(content: Uint8Array): Promise<Rendering> {
  const { data, raw } = await decode(content);
  return { ...(await encode(data, raw)), width: raw.width, height: raw.height, pages: 1, note: null };
}

/** One of its strips, from 1, in its own pixels. */
export async function heicStrip(content: Uint8Array, strip: number, strips: number): Promise<Uint8Array> {
  const { data, raw } = await decode(content);
  const whole = stripsOf(raw, false)?.size ?? raw;
  const box = stripBox(whole, strip - 1, strips);
  const part = await sharp(data, { raw })
    .resize({ width: whole.width, height: whole.height, fit: 'fill' })
    .extract(box)
    .raw()
    .toBuffer();
  return webp(part, { width: box.width, height: box.height, channels: raw.channels });
}

async function decode(content: Uint8Array) {
  const images = new libheif.HeifDecoder().decode(content);
  const image = images.find((one) => one.is_primary()) ?? images[0];
  if (!image) throw new Unreadable('broken');
  const width = image.get_width();
  const height = image.get_height();
  if (width * height > MAX_PIXELS) throw new Unreadable('too-large');
  const target = { data: new Uint8ClampedArray(width * height * 4), width, height };
  const decoded = await new Promise<typeof target | null>((resolve) => {
    image.display(target, resolve);
  });
  for (const one of images) one.free();
  if (!decoded) throw new Unreadable('broken');
  return { data: new Uint8Array(target.data.buffer), raw: { width, height, channels: 4 as const } };
}
