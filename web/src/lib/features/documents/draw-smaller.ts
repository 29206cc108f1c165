import type { Size } from '@qijian/domain/rules/picture-size.ts';

/**
 * Draws a picture upright and smaller on the page's own thread, as JPEG: with an image element, which every browser
 * turns the way its EXIF block says. Rejects where it cannot be decoded or drawn.
 */
export async function drawSmaller(
  file: Blob,
  sizeOf: (size: Size) => Size | null,
  quality: number,
): Promise<Blob | null> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const size = sizeOf({ width: image.naturalWidth, height: image.naturalHeight });
    if (!size) return null;
    const canvas = Object.assign(document.createElement('canvas'), size);
    const context = canvas.getContext('2d');
    if (!context) return null;
    // JPEG has no alpha: fill transparent parts with white instead of black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
  } finally {
    URL.revokeObjectURL(url);
  }
}
