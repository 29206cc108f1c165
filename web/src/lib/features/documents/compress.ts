import type { FileMime } from '@qijian/domain/rules/file-kinds.ts';
import { type Size, sentSize } from '@qijian/domain/rules/picture-size.ts';
import compressWorker from './compress.worker.ts?worker&url';
import { drawSmaller } from './draw-smaller.ts';

/** HEIC only where the browser opens it; elsewhere it goes as it is and the server converts it. */
const COMPRESSIBLE: readonly FileMime[] = ['image/jpeg', 'image/png', 'image/webp', 'image/heic'];
/** As in the worker. */
const QUALITY = 0.8;
/** Below this a picture is sent as it is. */
const SMALL = 300 * 1024;
/** A worker that has not answered by then has died of a huge picture. */
const PATIENCE_MS = 30_000;

let worker: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * A smaller picture with the same content, upright; the file itself where it would not get smaller. One at a time:
 * fifty decoded photographs do not fit into a phone. The browser's own decoder and encoder do it all: the libraries
 * for this wrap the same canvas, and load their worker from another host, which this site's policy forbids.
 */
export function compress(file: Blob, kind: FileMime, pixels: Size | null): Promise<Blob> {
  if (!COMPRESSIBLE.includes(kind) || file.size < SMALL) return Promise.resolve(file);
  // Too large for any canvas; trying to decode it could crash the page.
  if (pixels && !sentSize(pixels, kind)) return Promise.resolve(file);
  // Safari before 16.4 has no OffscreenCanvas: draw on the main thread.
  const draw = typeof OffscreenCanvas === 'undefined' ? drawHere : ask;
  const turn = last.then(() => draw(file, kind));
  last = turn;
  return turn;
}

async function drawHere(file: Blob, kind: FileMime): Promise<Blob> {
  const smaller = await drawSmaller(file, (size) => sentSize(size, kind), QUALITY).catch(() => null);
  return smaller && smaller.size < file.size ? smaller : file;
}

function ask(file: Blob, kind: FileMime): Promise<Blob> {
  worker ??= new Worker(compressWorker, { type: 'module' });
  const used = worker;
  return new Promise((resolve) => {
    const giveUp = () => {
      used.terminate();
      worker = undefined;
      resolve(file);
    };
    const timer = setTimeout(giveUp, PATIENCE_MS);
    used.onmessage = ({ data }: MessageEvent<Blob | null>) => {
      clearTimeout(timer);
      resolve(data ?? file);
    };
    used.onerror = () => {
      clearTimeout(timer);
      giveUp();
    };
    used.postMessage({ file, kind });
  });
}
