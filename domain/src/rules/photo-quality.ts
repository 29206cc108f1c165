import { findCard, type Quad } from './photo-edges.ts';
import { glareShare, type Plane, sharpness, tone } from './photo-measures.ts';

/** A small picture as a canvas gives it: four bytes a pixel. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** Where the card should lie, in pixels of the frame. */
export interface Guide {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Width of the frame the limits below are chosen for, where a card is judged in its guide. */
export const CARD_FRAME_WIDTH = 320;
/** Longer side of the frame in which a whole page or any other picture is judged. */
export const PAGE_FRAME_SIDE = 1024;
/**
 * Pixels below which nobody can read a document: the short and the long side, whichever way it is turned. A card is
 * legible from about 190 dots an inch; of a sheet this is the least a screenshot has.
 */
export const LEAST_PIXELS = { card: { short: 400, long: 640 }, page: { short: 480, long: 640 } } as const;

/** Whether a picture has too few pixels to be read. */
export function hasTooFewPixels(
  { width, height }: { width: number; height: number },
  isCard: boolean,
): boolean {
  const least = isCard ? LEAST_PIXELS.card : LEAST_PIXELS.page;
  return Math.min(width, height) < least.short || Math.max(width, height) < least.long;
}

/** Width to height of an identity or bank card (ISO 7810 ID-1). */
export const CARD_RATIO = 85.6 / 54;

/** The one thing to say to the person, most important first. */
export const PHOTO_HINTS = [
  'dark',
  'no-card',
  'cut',
  'too-close',
  'too-small',
  'glare',
  'blurred',
  'hold-still',
  'ok',
] as const;
export type PhotoHint = (typeof PHOTO_HINTS)[number];

/** Which way to move the phone so that the card gets into the guide. */
export interface Direction {
  readonly x: -1 | 0 | 1;
  readonly y: -1 | 0 | 1;
}

export interface PhotoQuality {
  readonly dark: boolean;
  readonly noCard: boolean;
  readonly cut: boolean;
  readonly tooClose: boolean;
  readonly tooSmall: boolean;
  readonly glare: boolean;
  readonly blurred: boolean;
  /** The size of a picture that has too few pixels to be read. */
  readonly tooFewPixels: { readonly width: number; readonly height: number } | null;
  /** Corners inside the guide: top left, top right, bottom right, bottom left; null where no guide was given. */
  readonly corners: readonly [boolean, boolean, boolean, boolean] | null;
  readonly move: Direction;
  readonly scores: {
    /** Brightness of the lightest parts, 0–255. */
    readonly light: number;
    /** Share of the card that is burnt out. */
    readonly glare: number;
    /** Width of the sharpest edges in pixels of the frame; null without edges. */
    readonly edge: number | null;
    /** Area of the card as a share of the guide's. */
    readonly fill: number | null;
  };
  readonly hint: PhotoHint;
}

const DARKEST_LIGHTS = 92;
const DARKEST_MIDDLE = 42;
const MOST_GLARE = 0.007;
const WIDEST_EDGE = 1.1;
const LEAST_FILL = 0.6;
/** How far a corner may lie outside the guide, as a share of its width. */
const TOLERANCE = 0.03;

/**
 * Judges a picture; with a guide also whether the card lies in it. Light is judged only in what a camera took: paper on
 * a screenshot is white, and its night mode is dark.
 */
export function assessPhoto(frame: Frame, guide: Guide | null, isByCamera = true): PhotoQuality {
  const planes = planesOf(frame);
  const inside = guide ? shrunk(guide, 0.04) : shrunk(whole(frame), 0.04);
  const { lights, middle } = tone(planes.luma, inside);
  const dark =
    isByCamera && (lights < DARKEST_LIGHTS || (middle < DARKEST_MIDDLE && lights < DARKEST_LIGHTS * 1.35));
  const card = guide ? findCard(planes, guide) : null;
  const placed = guide ? placement(card, guide) : null;
  const glare = glareShare(planes.luma, inside);
  const edge = sharpness(planes.luma, guide ? shrunk(guide, -0.04) : whole(frame));
  const faults = {
    dark,
    noCard: guide !== null && card === null,
    cut: placed?.corners.some((is) => !is) ?? false,
    tooClose: placed?.tooClose ?? false,
    tooSmall: (placed?.fill ?? 1) < LEAST_FILL,
    glare: isByCamera && glare > MOST_GLARE,
    blurred: edge !== null && edge > WIDEST_EDGE,
  };
  return {
    ...faults,
    tooFewPixels: null,
    corners: placed?.corners ?? null,
    move: placed?.move ?? STAY,
    scores: { light: lights, glare, edge, fill: placed?.fill ?? null },
    hint: hintOf(faults),
  };
}

/** Cards in a picture lie somewhere around its middle. */
const ANYWHERE = 0.12;

/**
 * Whether a card that was not photographed in a guide leaves the picture: three sides of it are there and nowhere a
 * fourth. The frame is `CARD_FRAME_WIDTH` wide; a card may lie across or upright.
 */
export function isCardCut(frame: Frame): boolean {
  const cards = [frame, turned(frame)].map((view) => findCard(planesOf(view), shrunk(whole(view), ANYWHERE)));
  const sides = cards.map((card) => card?.found.filter(Boolean).length ?? 0);
  return !sides.includes(4) && sides.includes(3);
}

/** A picture turned by a right angle, as wide as it was. */
function turned({ width, height, data }: Frame): Frame {
  const scale = height / width;
  const lines = Math.max(1, Math.round(width / scale));
  const result = new Uint8ClampedArray(width * lines * 4);
  for (let y = 0; y < lines; y++) {
    for (let x = 0; x < width; x++) {
      const column = Math.min(width - 1, Math.floor(y * scale));
      const line = Math.min(height - 1, Math.floor(x * scale));
      for (let part = 0; part < 4; part++)
        result[(y * width + x) * 4 + part] = data[(line * width + column) * 4 + part] as number;
    }
  }
  return { width, height: lines, data: result };
}

function hintOf(faults: Record<string, boolean> & Pick<PhotoQuality, 'dark' | 'noCard'>): PhotoHint {
  const order = [
    ['dark', faults.dark],
    ['no-card', faults.noCard],
    ['too-close', faults.tooClose],
    ['cut', faults.cut],
    ['too-small', faults.tooSmall],
    ['glare', faults.glare],
    ['blurred', faults.blurred],
  ] as const;
  return order.find(([, is]) => is)?.[0] ?? 'ok';
}

const STAY: Direction = { x: 0, y: 0 };

/** How the card lies in the guide. */
function placement(card: { quad: Quad; found: readonly boolean[] } | null, guide: Guide) {
  const nowhere = [false, false, false, false] as const;
  if (!card) return { corners: nowhere, move: STAY, fill: null, tooClose: false };
  const slack = guide.width * TOLERANCE;
  const right = guide.x + guide.width;
  const bottom = guide.y + guide.height;
  const out = card.quad.map(([x, y]) => ({
    left: x < guide.x - slack,
    right: x > right + slack,
    top: y < guide.y - slack,
    bottom: y > bottom + slack,
  }));
  const [top, rightSide, bottomSide, left] = card.found as [boolean, boolean, boolean, boolean];
  const beyond = {
    left: !left || out.some((corner) => corner.left),
    right: !rightSide || out.some((corner) => corner.right),
    top: !top || out.some((corner) => corner.top),
    bottom: !bottomSide || out.some((corner) => corner.bottom),
  };
  const sides = [
    [top, left],
    [top, rightSide],
    [bottomSide, rightSide],
    [bottomSide, left],
  ];
  const corners = out.map(
    (corner, index) =>
      !corner.left && !corner.right && !corner.top && !corner.bottom && (sides[index] ?? []).every(Boolean),
  ) as unknown as readonly [boolean, boolean, boolean, boolean];
  const all = card.found.every(Boolean);
  const wide = all && beyond.left && beyond.right;
  const high = all && beyond.top && beyond.bottom;
  return {
    corners,
    move: { x: towards(beyond.left, beyond.right), y: towards(beyond.top, beyond.bottom) } as Direction,
    fill: all ? area(card.quad) / (guide.width * guide.height) : null,
    tooClose: wide || high,
  };
}

const towards = (less: boolean, more: boolean): -1 | 0 | 1 => (less === more ? 0 : less ? -1 : 1);

function area(quad: Quad): number {
  let twice = 0;
  quad.forEach(([x, y], index) => {
    const [nextX, nextY] = quad[(index + 1) % 4] as readonly [number, number];
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}

const whole = ({ width, height }: Frame): Guide => ({ x: 0, y: 0, width, height });
const shrunk = ({ x, y, width, height }: Guide, share: number): Guide => ({
  x: x + width * share,
  y: y + width * share,
  width: width * (1 - 2 * share),
  height: height - 2 * width * share,
});

/** Brightness and a colour difference, so that a blue card on a brown desk of the same brightness has an edge. */
function planesOf({ width, height, data }: Frame): Record<'luma' | 'warm', Plane> {
  const size = width * height;
  const luma = new Float32Array(size);
  const warm = new Float32Array(size);
  for (let pixel = 0, at = 0; pixel < size; pixel++, at += 4) {
    const [r, g, b] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    luma[pixel] = 0.299 * r + 0.587 * g + 0.114 * b;
    warm[pixel] = (r - b) / 2;
  }
  return {
    luma: { width, height, values: luma },
    warm: { width, height, values: warm },
  };
}

/** A coarse picture of the brightness, to tell whether the camera is still. */
export function coarse({ width, height, data }: Frame, columns = 24, rows = 16): Float32Array {
  const sums = new Float32Array(columns * rows);
  const counts = new Float32Array(columns * rows);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * columns) / width);
      sums[cell] = (sums[cell] as number) + (data[(y * width + x) * 4 + 1] as number);
      counts[cell] = (counts[cell] as number) + 1;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell] as number));
}

const MOST_CHANGE = 0.045;

/** Whether the picture moved since the one before; a change of exposure alone is no movement. */
export function hasMoved(before: Float32Array, now: Float32Array): boolean {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [was, is] = [Math.max(1, mean(before)), Math.max(1, mean(now))];
  const changes = now.map((value, cell) => Math.abs(value / is - (before[cell] as number) / was));
  return mean(changes) > MOST_CHANGE;
}
