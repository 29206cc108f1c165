import type { Guide, PhotoQuality } from '@qijian/domain/rules/photo-quality.ts';
import { FrameJudge, judgeStill, pixels } from './judge.ts';

/** A frame of the camera, or a photograph that was taken or chosen. */
export type Question =
  | { id: number; bitmap: ImageBitmap; width: number; height: number; guide: Guide }
  | { id: number; photo: Blob; guide: Guide | null; frameWidth: number | null };
export interface Answer {
  id: number;
  quality: PhotoQuality | null;
}

const frames = new FrameJudge();
let canvas: OffscreenCanvas | undefined;
const frameCanvas = (width: number, height: number) => {
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  return canvas;
};

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const answer = (quality: PhotoQuality | null) =>
    self.postMessage({ id: data.id, quality } satisfies Answer);
  try {
    if ('photo' in data) {
      const { photo, guide, frameWidth } = data;
      answer(
        await judgeStill(photo, guide, frameWidth, (width, height) => new OffscreenCanvas(width, height)),
      );
      return;
    }
    const frame = pixels(data.bitmap, data.width, data.height, frameCanvas);
    data.bitmap.close();
    answer(frame && frames.judge(frame, data.guide));
  } catch {
    answer(null);
  }
};
