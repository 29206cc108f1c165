export interface Size {
  width: number;
  height: number;
}

/** The size of a picture whose longest side is bounded. */
export const within =
  (longest: number) =>
  ({ width, height }: Size): Size => {
    const scale = Math.min(1, longest / Math.max(width, height));
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  };

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
    // JPEG has no transparency: what was see-through must become paper, not black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
  } finally {
    URL.revokeObjectURL(url);
  }
}
