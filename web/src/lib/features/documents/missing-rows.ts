import type { Size } from '@qijian/domain/rules/picture-size.ts';

/** What every decoder fills the rows with that a JPEG does not have. */
const FILLING = 128;

interface Drawn {
  getImageData(x: number, y: number, width: number, height: number): { data: ArrayLike<number> };
}

/**
 * Whether a JPEG broke off, by the edges of what was drawn of it (it may be turned). Browsers say nothing of it where its
 * end mark is there, and made anew it would be whole: it has to go as it is, for the server to see.
 */
export function lacksRows(drawn: Drawn, { width, height }: Size): boolean {
  const edges = [
    [0, height - 1, width, 1],
    [0, 0, width, 1],
    [0, 0, 1, height],
    [width - 1, 0, 1, height],
  ] as const;
  return edges.some((edge) => isFilling(drawn.getImageData(edge[0], edge[1], edge[2], edge[3]).data));
}

function isFilling(pixels: ArrayLike<number>): boolean {
  for (let at = 0; at < pixels.length; at++) if (at % 4 !== 3 && pixels[at] !== FILLING) return false;
  return true;
}
