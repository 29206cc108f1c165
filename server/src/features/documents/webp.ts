import type { Size } from '@qijian/domain/rules/picture-size.ts';
import type Sharp from 'sharp';

let loading: Promise<typeof Sharp> | undefined;
/** Loaded with the first picture: a server that shows none does without its memory. */
export function library(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Pictures of ours alone are opened here: WebP made by a worker.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: ['VipsForeignLoadWebpBuffer'] });
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}

/** Pixels of a picture (WebP). */
export async function sizeOf(picture: Buffer): Promise<Size> {
  const { width, height } = await (await library())(picture).metadata();
  return { width, height };
}

/** A picture (WebP) with its longest side this long at most. */
export async function shrunk(picture: Buffer, side: number): Promise<Buffer> {
  const sharp = await library();
  return sharp(picture)
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ effort: 2 })
    .toBuffer();
}
