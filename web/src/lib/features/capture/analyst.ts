import type { Guide, PhotoQuality } from '@qijian/domain/rules/photo-quality.ts';
import type { Rect, Size } from './geometry.ts';
import { FrameJudge, judgeStill, pixels, type Shot } from './judge.ts';
import type { Answer, Question } from './quality.worker.ts';
import qualityWorker from './quality.worker.ts?worker&url';

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

const elementCanvas = (width: number, height: number) =>
  Object.assign(document.createElement('canvas'), { width, height });

/** Looks at pictures in a worker, and on the page's own thread where a browser cannot draw in one. */
export class Analyst {
  #worker: Worker | null = null;
  #waiting = new Map<number, (quality: PhotoQuality | null) => void>();
  #last = 0;
  #judge = new FrameJudge();
  #canvas: HTMLCanvasElement | undefined;

  constructor() {
    if (typeof OffscreenCanvas === 'undefined' || typeof createImageBitmap === 'undefined') return;
    try {
      const worker = new Worker(qualityWorker, { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        this.#waiting.get(data.id)?.(data.quality);
        this.#waiting.delete(data.id);
      };
      worker.onerror = () => this.stop();
      this.#worker = worker;
    } catch {
      // Fall back to this thread.
    }
  }

  /**
   * Judges what the camera shows now. The picture is made small by drawing the video on a small canvas: a bitmap of it
   * costs seven times as much, and this thread has the page to draw.
   */
  async frame(video: HTMLVideoElement, crop: Rect, frame: Size, guide: Guide): Promise<PhotoQuality | null> {
    const seen = pixels(video, crop, frame, (width, height) => {
      if (this.#canvas?.width !== width || this.#canvas.height !== height)
        this.#canvas = elementCanvas(width, height);
      return this.#canvas;
    });
    if (!seen) return null;
    if (!this.#worker) return this.#judge.judge(seen, guide);
    const { width, height, data } = seen;
    return this.#ask({ frame: { width, height, data }, guide }, [data.buffer]);
  }

  /** Judges a photograph; null where this browser cannot open it. */
  photo(photo: Blob, shot: Shot): Promise<PhotoQuality | null> {
    if (this.#worker) return this.#ask({ photo, shot }, []);
    return judgeStill(photo, shot, elementCanvas).catch(() => null);
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const answer of this.#waiting.values()) answer(null);
    this.#waiting.clear();
  }

  #ask(question: Unnumbered<Question>, transfer: Transferable[]): Promise<PhotoQuality | null> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker?.postMessage({ ...question, id } as Question, transfer);
    });
  }
}
