import {
  assessPhoto,
  CARD_FRAME_WIDTH,
  coarse,
  type Frame,
  type Guide,
  hasMoved,
  hasTooFewPixels,
  isCardCut,
  PAGE_FRAME_SIDE,
  type PhotoQuality,
} from '@qijian/domain/rules/photo-quality.ts';
import { isCameraPicture, SOURCE_BYTES } from '@qijian/domain/rules/photo-source.ts';
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

/** What is known of a photograph beside its pixels. */
export interface Shot {
  /** Where the card lies, in the photograph's pixels, and how wide to make it: of what our camera took. */
  guide: { place: Guide; frameWidth: number } | null;
  isCard: boolean;
  /** Whether the system's camera has just taken it; else the file says. */
  isTaken: boolean;
}

/** Judges a photograph; null where it cannot be opened. */
export async function judgeStill(
  photo: Blob,
  { guide, isCard, isTaken }: Shot,
  canvasOf: (width: number, height: number) => HTMLCanvasElement | OffscreenCanvas,
): Promise<PhotoQuality | null> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(photo, { imageOrientation: 'from-image' });
  } catch {
    return null;
  }
  const { width, height } = bitmap;
  const scale = guide
    ? guide.frameWidth / width
    : Math.min(1, PAGE_FRAME_SIDE / Math.max(bitmap.width, bitmap.height));
  const size = { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) };
  const part = { x: 0, y: 0, width, height };
  const frame = pixels(bitmap, part, size, canvasOf);
  const high = Math.max(1, Math.round((height / width) * CARD_FRAME_WIDTH));
  const lookForCard = isCard && !guide && high < MOST_HEIGHT;
  const small = lookForCard
    ? pixels(bitmap, part, { width: CARD_FRAME_WIDTH, height: high }, canvasOf)
    : null;
  bitmap.close();
  if (!frame) return null;
  const isByCamera = isTaken || guide !== null || (await isFromCamera(photo));
  const place = guide && {
    x: guide.place.x * scale,
    y: guide.place.y * scale,
    width: guide.place.width * scale,
    height: guide.place.height * scale,
  };
  const quality = assessPhoto(frame, place, isByCamera);
  return {
    ...quality,
    cut: quality.cut || (small !== null && isCardCut(small)),
    // What is cut out of our camera's picture is as large as the camera allows.
    tooFewPixels: !guide && hasTooFewPixels({ width, height }, isCard) ? { width, height } : null,
  };
}

const isFromCamera = async (photo: Blob) =>
  isCameraPicture(new Uint8Array(await photo.slice(0, SOURCE_BYTES).arrayBuffer()));

/** Height of a frame from which a picture is no photograph of a card. */
const MOST_HEIGHT = 900;

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
