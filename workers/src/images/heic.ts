import { MAX_PIXELS } from '@qijian/domain/rules/picture-size.ts';
import libheif from 'libheif-js/wasm-bundle.js';
import { encode } from './pictures.ts';
import { type Rendering, Unreadable } from './rendering.ts';

/** Decodes the primary picture of a HEIC file, turned upright by the container's own transformations. */
export async function renderHeic(content: Uint8Array): Promise<Rendering> {
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
  const pixels = new Uint8Array(target.data.buffer);
  return { ...(await encode(pixels, { width, height, channels: 4 })), width, height, pages: 1, note: null };
}
