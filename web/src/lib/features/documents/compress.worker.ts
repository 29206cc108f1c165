import type { FileMime } from '@qijian/domain/rules/file-kinds.ts';
import { sentSize } from '@qijian/domain/rules/picture-size.ts';
import { lacksRows } from './missing-rows.ts';

/** A photograph of a document is still read without effort. */
const QUALITY = 0.8;

/** Draws the picture upright and smaller, away from the page's own thread; answers null where that is no gain. */
self.onmessage = async ({ data: { file, kind } }: MessageEvent<{ file: Blob; kind: FileMime }>) => {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const size = sentSize(bitmap, kind);
    if (!size) throw new Error('larger than any canvas');
    const canvas = new OffscreenCanvas(size.width, size.height);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no 2d context');
    // JPEG has no alpha: fill transparent parts with white instead of black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    if (kind === 'image/jpeg' && lacksRows(context, size)) throw new Error('broke off');
    const smaller = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
    self.postMessage(smaller.size < file.size ? smaller : null);
  } catch {
    self.postMessage(null);
  }
};
