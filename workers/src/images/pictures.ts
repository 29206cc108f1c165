import { MAX_PIXELS } from '@qijian/domain/rules/picture-size.ts';
import sharp, { type Raw } from 'sharp';
import { PREVIEW_SIDE, type Rendering, THUMBNAIL_SIDE, Unreadable } from './rendering.ts';

// Only these three decoders exist here; libvips would also open SVG, GIF, TIFF, PDF and whatever ImageMagick reads.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
sharp.cache(false);
// One thread a decoder: the pool has as many decoders as pictures are made at once.
sharp.concurrency(1);

/** Decodes a JPEG, PNG or WebP; throws Unreadable. */
export async function renderPicture(content: Uint8Array): Promise<Rendering> {
  const picture = sharp(content, { limitInputPixels: MAX_PIXELS, failOn: 'error' });
  const facts = await picture.metadata().catch(asUnreadable);
  if (facts.width * facts.height > MAX_PIXELS) throw new Unreadable('too-large');
  const turned = (facts.orientation ?? 1) >= 5;
  const { data, info } = await picture
    .autoOrient()
    .resize({ width: PREVIEW_SIDE, height: PREVIEW_SIDE, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(asUnreadable);
  const raw = { width: info.width, height: info.height, channels: info.channels };
  return {
    ...(await encode(data, raw)),
    width: turned ? facts.height : facts.width,
    height: turned ? facts.width : facts.height,
    pages: 1,
    note: null,
  };
}

/** A picture of pixels that another decoder has produced, at most `length` pixels on its longest side. */
export function webp(data: Uint8Array, raw: Raw, length: number): Promise<Uint8Array> {
  return (
    sharp(data, { raw })
      .resize({ width: length, height: length, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      // Effort 2 takes a third of the time of the default 4, for files a few per cent larger.
      .webp({ effort: 2 })
      .toBuffer()
  );
}

/** Makes the derivatives of pixels that another decoder has produced; larger ones are made smaller. */
export async function encode(
  data: Uint8Array,
  raw: Raw,
): Promise<{ preview: Uint8Array; thumbnail: Uint8Array }> {
  return { preview: await webp(data, raw, PREVIEW_SIDE), thumbnail: await webp(data, raw, THUMBNAIL_SIDE) };
}

function asUnreadable(error: unknown): never {
  const tooLarge = error instanceof Error && /pixel limit|too large|dimensions/i.test(error.message);
  throw new Unreadable(tooLarge ? 'too-large' : 'broken');
}
