import { seeded } from './card-pictures.ts';
import { be32, bytes, chunk } from './sample-files.ts';

/** Rows of a list this high have a grey of their own at the left edge, so that a part tells where it is from. */
export const ROW = 100;
/** The grey of row `n` at the left edge, dark to light. */
export const greyOfRow = (n: number): number => 20 + ((n * 37) % 200);

/**
 * A PNG as a phone makes it of a statement that is scrolled through: a white list, letters in each row, and at the
 * left edge the grey of the row. `grain` makes the file larger, up to 1 for noise everywhere.
 */
export async function longScreenshot(
  options: { width?: number; height?: number; grain?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { width = 1080, height = 20_000, grain = 0.02 } = options;
  const random = seeded(7);
  const rows = new Uint8Array((width + 1) * height).fill(255);
  for (let y = 0; y < height; y++) {
    const start = y * (width + 1);
    rows[start] = 0;
    const isLetters = y % ROW > 30 && y % ROW < 62;
    for (let x = 0; x < width; x++) {
      const at = start + 1 + x;
      if (x < width / 10) rows[at] = greyOfRow(Math.floor(y / ROW));
      else if (isLetters && x % 36 < 24 && x > width * 0.15 && x < width * 0.85)
        rows[at] = random() < 0.5 ? 40 : 255;
      else if (random() < grain) rows[at] = 246;
    }
  }
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  return bytes(
    [0x89],
    'PNG\r\n',
    [0x1a],
    '\n',
    chunk('IHDR', bytes(be32(width), be32(height), [8, 0, 0, 0, 0])),
    chunk('IDAT', new Uint8Array(await new Response(packed).arrayBuffer())),
    chunk('IEND', bytes()),
  );
}
