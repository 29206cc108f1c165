import sharp from 'sharp';

/** A JPEG of about `kilobytes`: noise over a gradient, which compresses like a photograph of paper. */
export async function photograph(kilobytes: number): Promise<Buffer> {
  for (let side = 200; ; side = Math.round(side * 1.15)) {
    const picture = await noise(side, Math.round(side * 0.75))
      .jpeg({ quality: 85 })
      .toBuffer();
    if (picture.length >= kilobytes * 1024 * 0.9) return picture;
  }
}

/** A JPEG of 4000 × 3000 pixels as phones make them, turned by its EXIF orientation. */
export function twelveMegapixels(seed: number): Promise<Buffer> {
  return noise(4000, 3000, 8 + (seed % 3))
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 85 })
    .toBuffer();
}

function noise(width: number, height: number, sigma = 20) {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#8a9aa6',
      noise: { type: 'gaussian', mean: 140, sigma },
    },
  });
}
