import type { Plane } from './photo-measures.ts';

export type Point = readonly [x: number, y: number];
/** Top left, top right, bottom right, bottom left. */
export type Quad = readonly [Point, Point, Point, Point];

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A possible side of the card: how far it lies from the picture's edge where the first and the last sample are. */
interface Line {
  readonly start: number;
  readonly end: number;
  /** 0–1: how strong and unbroken the step in brightness or colour is along it. */
  readonly weight: number;
}

const SAMPLES = 44;
/** Where the first and the last sample lie, as a share of the picture's side. */
const FROM = 0.03;
const SPAN = 1 - 2 * FROM;
/** A side may lean this much: a tilted phone, a card at an angle. */
const SMALL_MEMORY = 0.13;
/** A step counts up to this, so that a few black letters do not make an edge. */
const CLIP = 22;
/** Steps below this are grain. */
const STEP = 2.6;
const LEAST_SUPPORT = 0.28;
/** What a side must be worth to be believed. */
const LEAST_WEIGHT = 0.22;
const CANDIDATES = 7;
/** Possible cards that are looked at more closely. */
const FINALISTS = 24;
const OFF_CENTRE = 0.18;
/** Smallest card that is looked for, as a share of the picture's width. */
const SMALLEST = 0.25;
/** A larger card is likelier than something printed on it. */
const AREA = 0.5;
/** What a side that is not found is worth. */
const MISSING = -0.2;
/** A straight line that goes on beyond the card's corners belongs to the desk. */
const BEYOND = 0.55;
/** Width to height of a card (ISO 7810 ID-1). */
const RATIO = 85.6 / 54;

type Sides = readonly [top: Line | null, right: Line | null, bottom: Line | null, left: Line | null];
type Four = [boolean, boolean, boolean, boolean];
interface Found {
  readonly quad: Quad;
  /** Top, right, bottom, left: whether the side is in the picture. */
  readonly found: Readonly<Four>;
}

/**
 * Finds the card that should lie in the guide: the four straight steps around its middle that are strong, unbroken
 * between their corners, and together have a card's proportions. A side that is not in the picture is not found;
 * null where hardly any is.
 */
export function findCard(planes: Record<string, Plane>, guide: Area): Found | null {
  const all = Object.values(planes);
  const [{ width, height }] = all as [Plane];
  const rows = all.map((plane) => steps(plane, true));
  const columns = all.map((plane) => steps(plane, false));
  const middleX = guide.x + guide.width / 2;
  const middleY = guide.y + guide.height / 2;
  // A card that is small need not lie around the middle.
  const [offX, offY] = [guide.width * OFF_CENTRE, guide.height * OFF_CENTRE];
  const tops = candidates(rows, width, 2, middleY + offY);
  const bottoms = candidates(rows, width, middleY - offY, height - 3);
  const lefts = candidates(columns, height, 2, middleX + offX);
  const rights = candidates(columns, height, middleX - offX, width - 3);

  const possible: { score: number; sides: Sides }[] = [];
  for (const top of tops) {
    for (const bottom of bottoms) {
      for (const left of lefts) {
        for (const right of rights) {
          const score =
            worth(top) +
            worth(right) +
            worth(bottom) +
            worth(left) +
            shape(top, right, bottom, left, width, height);
          if (possible.length < FINALISTS || score > (possible.at(-1)?.score ?? 0)) {
            const at = possible.findIndex((other) => other.score < score);
            possible.splice(at < 0 ? possible.length : at, 0, { score, sides: [top, right, bottom, left] });
            possible.length = Math.min(possible.length, FINALISTS);
          }
        }
      }
    }
  }
  let best: { score: number; card: Found } | null = null;
  for (const { sides } of possible) {
    const quad = cornersOf(sides, width, height);
    const weights = closer(sides, quad, rows, columns, width, height);
    const score = weights.reduce((sum, weight) => sum + weight, shape(...sides, width, height));
    if (!best || score > best.score)
      best = { score, card: { quad, found: weights.map((weight) => weight > LEAST_WEIGHT) as Four } };
  }
  return best && best.card.found.filter(Boolean).length >= 2 ? best.card : null;
}

function cornersOf(sides: Sides, width: number, height: number): Quad {
  const line = (side: Line | null, edge: number, length: number) => {
    const { start, end } = side ?? { start: edge, end: edge };
    const slope = (end - start) / (length * SPAN);
    return { at: start - slope * length * FROM, slope };
  };
  const top = line(sides[0], 0, width);
  const right = line(sides[1], width, height);
  const bottom = line(sides[2], height, width);
  const left = line(sides[3], 0, height);
  return [meet(top, left), meet(top, right), meet(bottom, right), meet(bottom, left)];
}

interface Straight {
  readonly at: number;
  readonly slope: number;
}

/** Where y = row.at + row.slope·x meets x = column.at + column.slope·y. */
function meet(row: Straight, column: Straight): Point {
  const y = (row.at + row.slope * column.at) / (1 - row.slope * column.slope);
  return [column.at + column.slope * y, y];
}

const middle = ({ start, end }: Line) => (start + end) / 2;
const lean = ({ start, end }: Line) => end - start;
const worth = (side: Line | null) => (side ? side.weight : MISSING);
/** What it takes off that a side nobody sees should be in the picture. */
const outside = (reach: number, size: number) => -Math.min(1.5, Math.max(0, 0.96 - reach / size) * 14);

/** What speaks for and against a card in these sides by their shape alone. */
function shape(
  top: Line | null,
  right: Line | null,
  bottom: Line | null,
  left: Line | null,
  width: number,
  height: number,
): number {
  const high = top && bottom ? middle(bottom) - middle(top) : null;
  const wide = left && right ? middle(right) - middle(left) : null;
  if ((wide !== null && wide < SMALLEST * width) || (high !== null && high < (SMALLEST * width) / RATIO))
    return -9;
  if (top && bottom && left && right) {
    const [w, h] = [middle(right) - middle(left), middle(bottom) - middle(top)];
    const off = Math.log(w / h / RATIO);
    // Opposite sides are nearly parallel.
    const crooked = Math.abs(lean(top) - lean(bottom)) / width + Math.abs(lean(left) - lean(right)) / height;
    return (AREA * w * h) / (width * height) - Math.min(2.5, 26 * off * off) - 4 * crooked;
  }
  // The side that is missing must really lie outside the picture.
  if (high !== null && (left || right)) {
    const [inner, visible] = left
      ? [middle(left), width - middle(left)]
      : [width - middle(right as Line), middle(right as Line)];
    return outside(inner + high * RATIO, width) + (AREA * visible * high) / (width * height);
  }
  if (wide !== null && (top || bottom)) {
    const [inner, visible] = top
      ? [middle(top), height - middle(top)]
      : [height - middle(bottom as Line), middle(bottom as Line)];
    return outside(inner + wide / RATIO, height) + (AREA * wide * visible) / (width * height);
  }
  return 0;
}

/** How strong and unbroken the sides are between their corners, and whether they end there. */
function closer(
  sides: Sides,
  quad: Quad,
  rows: readonly Steps[],
  columns: readonly Steps[],
  width: number,
  height: number,
): number[] {
  return sides.map((side, index) => {
    if (!side) return MISSING;
    const isRow = index % 2 === 0;
    const axis = isRow ? 0 : 1;
    const ends = [quad[index as 0][axis], quad[((index + 1) % 4) as 0][axis]];
    const length = isRow ? width : height;
    const sample = (at: number) => ((at / length - FROM) / SPAN) * (SAMPLES - 1);
    const from = Math.max(0, Math.ceil(sample(Math.min(...ends) + length * 0.03)));
    const to = Math.min(SAMPLES - 1, Math.floor(sample(Math.max(...ends) - length * 0.03)));
    if (to - from < 5) return -1;
    let [weight, beyond] = [0, 0];
    for (const plane of isRow ? rows : columns) {
      weight = Math.max(weight, strength(plane, side.start, side.end, from, to));
      const before = from > 5 ? strength(plane, side.start, side.end, 0, from - 3) : 0;
      const after = to < SAMPLES - 6 ? strength(plane, side.start, side.end, to + 3, SAMPLES - 1) : 0;
      beyond = Math.max(beyond, before, after);
    }
    return weight - BEYOND * beyond;
  });
}

/** Steps across the direction of a side: one row of offsets a sample, each the strongest of three neighbours. */
interface Steps {
  readonly offsets: number;
  readonly values: Float32Array;
}

function steps({ width, height, values }: Plane, isRow: boolean): Steps {
  const offsets = isRow ? height : width;
  const limit = isRow ? width : height;
  const [next, beside] = isRow ? [width, 1] : [1, width];
  const result = new Float32Array(SAMPLES * offsets);
  const raw = new Float32Array(offsets);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const share = FROM + (SPAN * sample) / (SAMPLES - 1);
    const at = Math.min(limit - 2, Math.max(1, Math.round(limit * share)));
    for (let offset = 2; offset < offsets - 2; offset++) {
      const pixel = offset * next + at * beside;
      let difference = 0;
      for (let index = pixel - beside; index <= pixel + beside; index += beside) {
        difference +=
          (values[index + next] as number) +
          (values[index + 2 * next] as number) -
          (values[index - next] as number) -
          (values[index - 2 * next] as number);
      }
      raw[offset] = difference / 6;
    }
    for (let offset = 1; offset < offsets - 1; offset++) {
      let strongest = raw[offset] as number;
      const [before, after] = [raw[offset - 1] as number, raw[offset + 1] as number];
      if (Math.abs(before) > Math.abs(strongest)) strongest = before;
      if (Math.abs(after) > Math.abs(strongest)) strongest = after;
      result[sample * offsets + offset] = Math.max(-CLIP, Math.min(CLIP, strongest));
    }
  }
  return { offsets, values: result };
}

/** The best lines between two offsets, and the possibility that there is none. */
function candidates(planes: readonly Steps[], length: number, from: number, to: number): (Line | null)[] {
  const most = 2 * Math.round((length * SMALL_MEMORY * SPAN) / 2);
  const found: Line[] = [];
  for (let start = Math.ceil(from); start <= to; start += 2) {
    for (let end = start - most; end <= start + most; end += 2) {
      if (end < from || end > to) continue;
      let weight = 0;
      for (const plane of planes) weight = Math.max(weight, strength(plane, start, end, 0, SAMPLES - 1, 2));
      if (weight > 0) found.push({ start, end, weight });
    }
  }
  found.sort((a, b) => b.weight - a.weight);
  const kept: Line[] = [];
  for (const line of found) {
    if (kept.length >= CANDIDATES) break;
    if (!kept.some((other) => Math.abs(middle(other) - middle(line)) < 4.5)) kept.push(line);
  }
  return [...kept, null];
}

/** 0–1: how strong the step is along a line between two samples, and over how much of it. */
function strength(plane: Steps, start: number, end: number, from: number, to: number, every = 1): number {
  const { offsets, values } = plane;
  const slope = (end - start) / (SAMPLES - 1);
  let [sum, up, down] = [0, 0, 0];
  for (let sample = from; sample <= to; sample += every) {
    const value = values[sample * offsets + ((start + slope * sample + 0.5) | 0)] as number;
    sum += value;
    if (value > STEP) up++;
    else if (value < -STEP) down++;
  }
  const count = Math.floor((to - from) / every) + 1;
  const support = Math.max(up, down) / count;
  if (support < LEAST_SUPPORT) return 0;
  const height = Math.abs(sum) / count;
  return Math.min(1, height / (CLIP * 0.7)) * 0.5 + support * 0.5 * Math.min(1, height / 4);
}
