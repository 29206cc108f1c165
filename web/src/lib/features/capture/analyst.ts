import type { Guide, PhotoQuality } from '@qijian/domain/rules/photo-quality.ts';
import type { Rect, Size } from './geometry.ts';
import { FrameJudge, judgeStill } from './judge.ts';
import type { Answer, Question } from './quality.worker.ts';

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
      const worker = new Worker(new URL('./quality.worker.ts', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        this.#waiting.get(data.id)?.(data.quality);
        this.#waiting.delete(data.id);
      };
      worker.onerror = () => this.stop();
      this.#worker = worker;
    } catch {
      // Judged on this thread then.
    }
  }

  async frame(video: HTMLVideoElement, crop: Rect, frame: Size, guide: Guide): Promise<PhotoQuality | null> {
    if (this.#worker) {
      try {
        const { x, y, width, height } = crop;
        const bitmap = await createImageBitmap(video, x, y, width, height);
        return await this.#ask({ bitmap, ...frame, guide }, [bitmap]);
      } catch {
        // This browser makes no bitmaps of a video.
        this.stop();
      }
    }
    this.#canvas ??= elementCanvas(frame.width, frame.height);
    Object.assign(this.#canvas, frame);
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(video, crop.x, crop.y, crop.width, crop.height, 0, 0, frame.width, frame.height);
    return this.#judge.judge(context.getImageData(0, 0, frame.width, frame.height), guide);
  }

  /** Judges a photograph; null where this browser cannot open it. */
  photo(photo: Blob, guide: Guide | null, frameWidth: number | null): Promise<PhotoQuality | null> {
    if (this.#worker) return this.#ask({ photo, guide, frameWidth }, []);
    return judgeStill(photo, guide, frameWidth, elementCanvas).catch(() => null);
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
