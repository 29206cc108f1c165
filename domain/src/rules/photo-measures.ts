/** One number a pixel. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const bounds = ({ width, height }: Plane, area: Area, border = 0) => ({
  left: Math.max(border, Math.round(area.x)),
  top: Math.max(border, Math.round(area.y)),
  right: Math.min(width - border, Math.round(area.x + area.width)),
  bottom: Math.min(height - border, Math.round(area.y + area.height)),
});

function histogram(plane: Plane, area: Area): { counts: Uint32Array; total: number } {
  const { left, top, right, bottom } = bounds(plane, area);
  const counts = new Uint32Array(256);
  let total = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const level = Math.min(255, Math.max(0, Math.round(plane.values[y * plane.width + x] as number)));
      counts[level] = (counts[level] as number) + 1;
      total++;
    }
  }
  return { counts, total };
}

function quantile({ counts, total }: { counts: Uint32Array; total: number }, share: number): number {
  let seen = 0;
  for (let level = 0; level < counts.length; level++) {
    seen += counts[level] as number;
    if (seen >= total * share) return level;
  }
  return counts.length - 1;
}

/** Brightness of the lightest parts and of the middle. */
export function tone(plane: Plane, area: Area): { lights: number; middle: number } {
  const levels = histogram(plane, area);
  return { lights: quantile(levels, 0.95), middle: quantile(levels, 0.5) };
}

const BURNT = 249;
/** A burnt spot narrower than this share of the area's width is print or grain. */
const SPOT = 0.035;

/**
 * Share of the area that is burnt out in one piece. Light falls off softly around a reflection; a white field that
 * ends in a sharp line all around is printed so.
 */
export function glareShare(plane: Plane, area: Area): number {
  const { left, top, right, bottom } = bounds(plane, area, 3);
  const [columns, rows] = [right - left, bottom - top];
  if (columns < 8 || rows < 8) return 0;
  const burnt = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if ((plane.values[(y + top) * plane.width + x + left] as number) >= BURNT) burnt[y * columns + x] = 1;
    }
  }
  const least = Math.max(3, columns * SPOT);
  const stack = new Int32Array(columns * rows);
  let share = 0;
  for (let start = 0; start < burnt.length; start++) {
    if (burnt[start] !== 1) continue;
    let [depth, size, rim, soft] = [0, 0, 0, 0];
    let [minX, maxX, minY, maxY] = [columns, 0, rows, 0];
    stack[depth++] = start;
    burnt[start] = 2;
    while (depth > 0) {
      const at = stack[--depth] as number;
      const [x, y] = [at % columns, Math.floor(at / columns)];
      size++;
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
      for (const [dx, dy] of AROUND) {
        const [nx, ny] = [x + dx, y + dy];
        if (nx < 0 || ny < 0 || nx >= columns || ny >= rows) continue;
        const next = ny * columns + nx;
        if (burnt[next] === 1) {
          burnt[next] = 2;
          stack[depth++] = next;
        } else if (burnt[next] === 0) {
          rim++;
          const outside = plane.values[(y + top + 2 * dy) * plane.width + x + left + 2 * dx] as number;
          if (outside > BURNT - 38) soft++;
        }
      }
    }
    const solid = size / ((maxX - minX + 1) * (maxY - minY + 1));
    const thick = Math.min(maxX - minX + 1, maxY - minY + 1);
    if (thick >= least && solid > 0.3 && soft > rim * 0.4) share += size;
  }
  return share / (columns * rows);
}

const AROUND = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

/** Steps in brightness smaller than this are paper, light and grain. */
const LEAST_STEP = 26;
const LEAST_EDGES = 24;
/** Reach of an edge to both sides. */
const REACH = 7;

/**
 * Width of the picture's sharper edges, as the spread of the blur in pixels: the height of a step over its steepest
 * slope, so contrast does not matter and noise hardly. Taken along rows and columns, the worse counts: a shaken
 * picture is blurred in one direction only. Null where the picture has too few edges to tell.
 */
export function sharpness(plane: Plane, area: Area): number | null {
  const along = edgeWidth(plane, area, 1, plane.width);
  const across = edgeWidth(plane, area, plane.width, 1);
  if (along === null || across === null) return along ?? across;
  return Math.max(along, across);
}

function edgeWidth(plane: Plane, area: Area, step: number, side: number): number | null {
  const { values } = plane;
  const { left, top, right, bottom } = bounds(plane, area, REACH + 2);
  /** Averaged over three pixels beside the direction: an edge stays, grain does not. */
  const at = (index: number) =>
    ((values[index - side] as number) + 2 * (values[index] as number) + (values[index + side] as number)) / 4;
  const widths = new Uint32Array(96);
  let total = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const index = y * plane.width + x;
      // A cheap look first: most pixels are no edge at all.
      const rough = (values[index + step] as number) - (values[index - step] as number);
      if (rough < 9 && rough > -9) continue;
      const slope = at(index + step) - at(index - step);
      const steep = Math.abs(slope);
      if (steep < 9) continue;
      const [before, after] = [at(index) - at(index - 2 * step), at(index + 2 * step) - at(index)];
      if (Math.abs(before) > steep || Math.abs(after) >= steep) continue;
      const sign = slope > 0 ? 1 : -1;
      const high = climb(at, index, step, sign);
      const low = climb(at, index, -step, -sign);
      const height = Math.abs(high - low);
      if (height < LEAST_STEP) continue;
      // A blurred step of spread s rises by height / (s √2π) a pixel.
      const spread = (2 * height) / (steep * 2.5066);
      const bin = Math.min(95, Math.floor(spread * 16));
      widths[bin] = (widths[bin] as number) + 1;
      total++;
    }
  }
  if (total < LEAST_EDGES) return null;
  return (quantile({ counts: widths, total }, 0.3) + 0.5) / 16;
}

/** Follows a slope to where it ends. */
function climb(at: (index: number) => number, from: number, step: number, sign: number): number {
  let value = at(from);
  for (let reach = 1, index = from + step; reach <= REACH; reach++, index += step) {
    const next = at(index);
    if ((next - value) * sign < 0.6) return value;
    value = next;
  }
  return value;
}
