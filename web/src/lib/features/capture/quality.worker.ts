import type { Frame, Guide, PhotoQuality } from '@qijian/domain/rules/photo-quality.ts';
import { FrameJudge, judgeStill, type Shot } from './judge.ts';

/** A frame of the camera, or a photograph that was taken or chosen. */
export type Question = { id: number; frame: Frame; guide: Guide } | { id: number; photo: Blob; shot: Shot };
export interface Answer {
  id: number;
  quality: PhotoQuality | null;
}

const frames = new FrameJudge();

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const answer = (quality: PhotoQuality | null) =>
    self.postMessage({ id: data.id, quality } satisfies Answer);
  try {
    if ('photo' in data) {
      const { photo, shot } = data;
      answer(await judgeStill(photo, shot, (width, height) => new OffscreenCanvas(width, height)));
      return;
    }
    answer(frames.judge(data.frame, data.guide));
  } catch {
    answer(null);
  }
};
