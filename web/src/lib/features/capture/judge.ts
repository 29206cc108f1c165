import {
  assessPhoto,
  coarse,
  type Frame,
  type Guide,
  hasMoved,
  PAGE_FRAME_SIDE,
  type PhotoQuality,
} from '@qijian/domain/rules/photo-quality.ts';

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
  const frame = pixels(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale), canvasOf);
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

/** The pixels of a picture at a size. */
export function pixels(
  source: ImageBitmap,
  width: number,
  height: number,
  canvasOf: (width: number, height: number) => HTMLCanvasElement | OffscreenCanvas,
): ImageData | null {
  const context = canvasOf(width, height).getContext('2d', { willReadFrequently: true }) as
    | CanvasRenderingContext2D
    | OffscreenCanvasRenderingContext2D
    | null;
  if (!context) return null;
  context.imageSmoothingQuality = 'medium';
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
