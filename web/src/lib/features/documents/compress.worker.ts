/** Longest side and quality after which a photograph of a document is still read without effort. */
const LONGEST = 2560;
const QUALITY = 0.8;

/** Draws the picture upright and smaller, away from the page's own thread; answers null where that is no gain. */
self.onmessage = async ({ data: file }: MessageEvent<Blob>) => {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no 2d context');
    // JPEG has no transparency: what was see-through must become paper, not black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const smaller = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
    self.postMessage(smaller.size < file.size ? smaller : null);
  } catch {
    self.postMessage(null);
  }
};
