import { headBox, PREVIEW_SIDE, stripBox, stripsOf } from '@qijian/domain/rules/page-strips.ts';
import { isLong, MAX_PIXELS, type Size } from '@qijian/domain/rules/picture-size.ts';
import sharp, { type Raw, type Sharp } from 'sharp';
import { isSrgb } from './icc-profile.ts';
import { hasItsScans } from './jpeg-scans.ts';
import { type Rendering, THUMBNAIL_SIDE, Unreadable } from './rendering.ts';

// Only these three decoders exist here; libvips would also open SVG, GIF, TIFF, PDF and whatever ImageMagick reads.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
sharp.cache(false);
// One thread per decoder: the pool already runs as many decoders as there are parallel previews.
sharp.concurrency(1);

/** Decodes a JPEG, PNG or WebP; throws Unreadable. */
export function renderPicture(content: Uint8Array): Promise<Rendering> {
  return withEnd(content, render);
}

async function render(content: Uint8Array, failOn: FailOn): Promise<Rendering> {
  const { picture, size } = await open(content, failOn);
  const { data, raw } = await pixels(
    picture.resize({ width: PREVIEW_SIDE, height: PREVIEW_SIDE, fit: 'inside', withoutEnlargement: true }),
  );
  const made = await encode(data, raw);
  if (isLong(size))
    made.thumbnail = await thumbnailOf((await open(content, failOn)).picture.extract(headBox(size)));
  return { ...made, ...size, pages: 1, note: null };
}

/** One of the strips of a JPEG, PNG or WebP, from 1, in the picture's own pixels; throws Unreadable. */
export function pictureStrip(content: Uint8Array, strip: number, strips: number): Promise<Uint8Array> {
  return withEnd(content, async (content, failOn) => {
    const { picture, size } = await open(content, failOn);
    const whole = stripsOf(size, false)?.size ?? size;
    if (whole.width !== size.width) picture.resize({ ...whole, fit: 'fill' });
    const { data, raw } = await pixels(picture.extract(stripBox(whole, strip - 1, strips)));
    return webp(data, raw);
  });
}

type FailOn = 'error' | 'warning' | 'none';
/** Rows that may lack a little at the end: those of the last blocks. */
const LAST_ROWS = 32;

/**
 * Does `work` with a picture. A JPEG that breaks off, with an end mark or without, is one only where it has all there is
 * to see; for libjpeg that is a warning, and the rest of the picture grey.
 */
async function withEnd<T>(
  content: Uint8Array,
  work: (content: Uint8Array, failOn: FailOn) => Promise<T>,
): Promise<T> {
  const isJpeg = content[0] === 0xff && content[1] === 0xd8;
  if (!isJpeg) return work(content, 'error');
  const warned = await tried(() => work(content, 'warning'));
  if ('done' in warned) return warned.done;
  const failed = breaksOff(warned.error) ? warned : await tried(() => work(content, 'error'));
  if ('done' in failed) return failed.done;
  const ended = Buffer.concat([content, Buffer.from([0xff, 0xd9])]);
  // Without a warning there is nothing missing from the last scan that has begun.
  const isWhole = await hasItsRows(ended);
  if (!(hasItsScans(isWhole ? ended : content) ?? isWhole)) throw failed.error;
  return work(ended, 'none');
}

/** What `work` has done, or why it finds the picture broken; other errors go on. */
async function tried<T>(work: () => Promise<T>): Promise<{ done: T } | { error: Unreadable }> {
  try {
    return { done: await work() };
  } catch (error) {
    if (error instanceof Unreadable && error.failure === 'broken') return { error };
    throw error;
  }
}

const breaksOff = ({ cause }: Error) => cause instanceof Error && /premature end/i.test(cause.message);

/** Whether everything above the last rows of a JPEG is there: what is missing would be a warning. */
async function hasItsRows(content: Uint8Array): Promise<boolean> {
  const options = { limitInputPixels: MAX_PIXELS, failOn: 'warning', sequentialRead: true } as const;
  try {
    const { width, height } = await sharp(content, options).metadata();
    const rows = Math.max(1, height - LAST_ROWS);
    const picture = sharp(content, options).extract({ left: 0, top: 0, width, height: rows });
    await picture.resize(64).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A picture that is upright, and its size then. */
async function open(content: Uint8Array, failOn: FailOn): Promise<{ picture: Sharp; size: Size }> {
  const options = { limitInputPixels: MAX_PIXELS, failOn };
  const known = await sharp(content, options).metadata().catch(asUnreadable);
  const { width, height, orientation = 1, icc } = known;
  if (width * height > MAX_PIXELS) throw new Unreadable('too-large');
  const isTurned = orientation >= 5;
  return {
    picture: sharp(content, { ...options, ignoreIcc: icc !== undefined && isSrgb(icc) }).autoOrient(),
    size: isTurned ? { width: height, height: width } : { width, height },
  };
}

async function pixels(picture: Sharp): Promise<{ data: Uint8Array; raw: Raw }> {
  const { data, info } = await onPaper(picture)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(asUnreadable);
  return { data, raw: { width: info.width, height: info.height, channels: info.channels } };
}
const onPaper = (picture: Sharp) => picture.flatten({ background: '#fff' }).toColourspace('srgb');

/** A picture of pixels that another decoder has produced, at most `length` pixels on its longest side. */
export function webp(data: Uint8Array, raw: Raw, length?: number): Promise<Uint8Array> {
  const picture = sharp(data, { raw });
  return (
    (
      length
        ? picture.resize({ width: length, height: length, fit: 'inside', withoutEnlargement: true })
        : picture
    )
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
  const head = sharp(data, { raw });
  if (isLong(raw)) head.extract(headBox(raw));
  return { preview: await webp(data, raw, PREVIEW_SIDE), thumbnail: await thumbnailOf(head) };
}

const thumbnailOf = (picture: Sharp): Promise<Uint8Array> =>
  onPaper(
    picture.resize({
      width: THUMBNAIL_SIDE,
      height: THUMBNAIL_SIDE,
      fit: 'inside',
      withoutEnlargement: true,
    }),
  )
    .webp({ effort: 2 })
    .toBuffer()
    .catch(asUnreadable);

function asUnreadable(error: unknown): never {
  const tooLarge = error instanceof Error && /pixel limit|too large|dimensions/i.test(error.message);
  throw new Unreadable(tooLarge ? 'too-large' : 'broken', { cause: error });
}
