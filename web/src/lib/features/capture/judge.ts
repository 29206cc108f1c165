import {
  assessPhoto,
  coarse,
  type Frame,
  type Guide,
  hasMoved,
  PAGE_FRAME_SIDE,
  type PhotoQuality,
} from '@qijian/domain/rules/photo-quality.ts';
import type { Rect, Size } from './geometry.ts';

/** Judges one frame after the other, and whether the camera moved in between. */
export class FrameJudge {
  #before: Float32Array | undefined;

  judge(frame: Frame, guide: Guide): PhotoQuality {
    const now = coarse(frame);
    const moved = !this.#before || this.#before.length !== now.length || hasMoved(this.#before, now);
    this.#before = now;
    const quality = assessPhoto(frame, guide);
    return quality.hint === 'ok' && moved ? { ...quality, hint: 'hold-still' } : quality;
  }
}

/** Judges a photograph; with the guide in its own pixels also whether the card lies in it. Null where it cannot be opened. */
export async function judgeStill(
  photo: Blob,
  guide: Guide | null,
  frameWidth: number | null,
  canvasOf: (width: number, height: number) => HTMLCanvasElement | OffscreenCanvas,
): Promise<PhotoQuality | null> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(photo, { imageOrientation: 'from-image' });
  } catch {
    return null;
  }
  const scale = frameWidth
    ? frameWidth / bitmap.width
    : Math.min(1, PAGE_FRAME_SIDE / Math.max(bitmap.width, bitmap.height));
  const size = { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) };
  const frame = pixels(bitmap, { x: 0, y: 0, width: bitmap.width, height: bitmap.height }, size, canvasOf);
  bitmap.close();
  if (!frame) return null;
  return assessPhoto(
    frame,
    guide && {
      x: guide.x * scale,
      y: guide.y * scale,
      width: guide.width * scale,
      height: guide.height * scale,
    },
  );
}

/** The pixels of a part of a picture at a size. */
export function pixels(
  source: CanvasImageSource,
  part: Rect,
  { width, height }: Size,
  canvasOf: (width: number, height: number) => HTMLCanvasElement | OffscreenCanvas,
): ImageData | null {
  const context = canvasOf(width, height).getContext('2d', { willReadFrequently: true }) as
    | CanvasRenderingContext2D
    | OffscreenCanvasRenderingContext2D
    | null;
  if (!context) return null;
  context.imageSmoothingQuality = 'medium';
  context.drawImage(source, part.x, part.y, part.width, part.height, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
