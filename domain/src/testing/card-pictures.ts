import type { Frame, Guide } from '../rules/photo-quality.ts';

/** What is wrong with a generated picture. */
export const PICTURE_FAULTS = ['none', 'dark', 'glare', 'blurred', 'cut', 'small', 'empty'] as const;
export type PictureFault = (typeof PICTURE_FAULTS)[number];

export interface CardPicture {
  readonly fault: PictureFault;
  /** 0 is the weakest strength that anybody would see. */
  readonly strength: number;
  /** What the card lies on. */
  readonly desk: DeskKind;
  readonly frame: Frame;
  readonly guide: Guide;
}

export const PICTURE_SIZE = { width: 320, height: 232 } as const;
export const PICTURE_GUIDE: Guide = { x: 29, y: 33, width: 262, height: 166 };
const [CARD_WIDTH, CARD_HEIGHT] = [560, 353];
/** Rendered finer than needed and averaged, as a lens and a sensor do. */
const FINE = 2;

export type Random = () => number;
export type Colour = readonly [number, number, number];

/** mulberry32: the same pictures for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const between = (random: Random, low: number, high: number) => low + (high - low) * random();
export const pick = <T>(random: Random, list: readonly T[]) => list[Math.floor(random() * list.length)] as T;

export class Image {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.values = new Float32Array(width * height * 3);
  }
  fill(x: number, y: number, width: number, height: number, colour: Colour) {
    for (let row = Math.max(0, Math.round(y)); row < Math.min(this.height, y + height); row++) {
      for (let column = Math.max(0, Math.round(x)); column < Math.min(this.width, x + width); column++) {
        this.values.set(colour, (row * this.width + column) * 3);
      }
    }
  }
}

const CARDS: readonly { paper: Colour; ink: Colour; accent: Colour }[] = [
  { paper: [224, 230, 226], ink: [36, 40, 46], accent: [196, 120, 112] },
  { paper: [206, 222, 238], ink: [24, 34, 60], accent: [86, 130, 190] },
  { paper: [238, 232, 214], ink: [60, 44, 34], accent: [190, 160, 90] },
  { paper: [244, 244, 242], ink: [30, 30, 34], accent: [120, 130, 140] },
  { paper: [52, 74, 122], ink: [236, 238, 244], accent: [210, 180, 96] },
  { paper: [120, 34, 44], ink: [240, 222, 186], accent: [216, 178, 92] },
  { paper: [46, 50, 54], ink: [216, 216, 210], accent: [170, 140, 80] },
  { paper: [150, 186, 160], ink: [24, 44, 34], accent: [70, 120, 90] },
];

/** A card with a header, a portrait or seal, lines of characters, a wave pattern: never the same twice. */
function card(random: Random): { image: Image; paper: Colour } {
  const image = new Image(CARD_WIDTH, CARD_HEIGHT);
  const { paper, ink, accent } = pick(random, CARDS);
  image.fill(0, 0, CARD_WIDTH, CARD_HEIGHT, paper);
  const [phase, amplitude] = [between(random, 0, 6), between(random, 3, 12)];
  for (let y = 0; y < CARD_HEIGHT; y++) {
    for (let x = 0; x < CARD_WIDTH; x++) {
      const wave = Math.sin((y + 24 * Math.sin(x / 70 + phase)) / 9) * amplitude * 0.4;
      const at = (y * CARD_WIDTH + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        image.values[at + channel] = (image.values[at + channel] as number) + wave;
      }
    }
  }
  if (random() < 0.35) image.fill(0, 0, CARD_WIDTH, between(random, 46, 84), accent);
  const isPortraitRight = random() < 0.5;
  const portraitX = isPortraitRight ? 390 : 34;
  if (random() < 0.7) {
    const back: Colour = random() < 0.4 ? [236, 238, 240] : [178, 190, 206];
    image.fill(portraitX, 92, 132, 168, back);
    disc(image, portraitX + 66, 150, 36, [196, 158, 132]);
    disc(image, portraitX + 66, 136, 30, [48, 40, 38]);
    image.fill(portraitX + 20, 196, 92, 64, accent);
  } else {
    disc(image, portraitX + 66, 150, 52, accent);
    disc(image, portraitX + 66, 150, 40, paper);
    disc(image, portraitX + 66, 150, 24, accent);
  }
  const textX = isPortraitRight ? 36 : 200;
  const lines = Math.round(between(random, 3, 7));
  for (let line = 0; line < lines; line++) {
    const size = pick(random, [14, 17, 20, 24]);
    characters(
      image,
      random,
      textX,
      96 + (line * 170) / lines,
      size,
      Math.round(between(random, 5, 13)),
      ink,
    );
  }
  characters(image, random, 60, 296, 24, Math.round(between(random, 12, 17)), ink);
  return { image, paper };
}

function disc(image: Image, x: number, y: number, radius: number, colour: Colour) {
  for (let row = -radius; row <= radius; row++) {
    const half = Math.sqrt(radius * radius - row * row);
    image.fill(x - half, y + row, 2 * half, 1, colour);
  }
}

/** Strokes in a square, as dense as printed characters. */
function characters(
  image: Image,
  random: Random,
  x: number,
  y: number,
  size: number,
  count: number,
  ink: Colour,
) {
  const thin = Math.max(1.6, size / 9);
  for (let index = 0; index < count; index++) {
    const left = x + index * size * 1.12;
    if (left + size > CARD_WIDTH - 24) return;
    for (let stroke = 0; stroke < 5; stroke++) {
      const at = random() * (size - thin);
      const [from, to] = [random() * size * 0.4, size * (0.6 + random() * 0.4)];
      if (random() < 0.55) image.fill(left + from, y + at, to - from, thin, ink);
      else image.fill(left + at, y + from, thin, to - from, ink);
    }
  }
}

type DeskKind = 'plain' | 'wood' | 'cloth' | 'tiles' | 'stripes';
const DESKS: readonly { colour: Colour; kind: DeskKind }[] = [
  { colour: [92, 72, 56], kind: 'wood' },
  { colour: [168, 132, 96], kind: 'wood' },
  { colour: [40, 38, 40], kind: 'plain' },
  { colour: [196, 196, 192], kind: 'plain' },
  { colour: [112, 116, 124], kind: 'cloth' },
  { colour: [70, 92, 84], kind: 'cloth' },
  { colour: [180, 172, 158], kind: 'tiles' },
  { colour: [60, 70, 96], kind: 'plain' },
  { colour: [150, 64, 58], kind: 'stripes' },
  { colour: [92, 128, 160], kind: 'stripes' },
];

const brightness = ([r, g, b]: Colour) => 0.299 * r + 0.587 * g + 0.114 * b;
/** Nobody sees where a grey card ends on a desk of the same grey; a blue one on brown of the same brightness one does. */
const isSeenOn = (paper: Colour, ground: Colour) =>
  Math.abs(brightness(paper) - brightness(ground)) > 16 ||
  Math.abs(paper[0] - paper[2] - ground[0] + ground[2]) > 60;

function desk(random: Random, against: Colour): { kind: DeskKind; at: (x: number, y: number) => Colour } {
  const usable = DESKS.filter(({ colour }) => isSeenOn(against, colour));
  const { colour, kind } = pick(random, usable);
  const [turn, phase, period] = [between(random, -0.25, 0.25), between(random, 0, 9), between(random, 5, 12)];
  const depth = between(random, 3, 9);
  const at = (x: number, y: number): Colour => {
    const along = y + x * turn;
    let shade = 0;
    if (kind === 'wood') shade = depth * Math.sin(along / period + 1.5 * Math.sin(x / 60 + phase) + phase);
    if (kind === 'cloth') shade = depth * 0.7 * Math.sin(x * 1.1) * Math.sin(y * 1.1);
    if (kind === 'stripes') shade = Math.sin(along / period) > 0 ? 9 : -9;
    if (kind === 'tiles') shade = Math.abs(((x * 0.9 + along * 0.6 + phase * 20) % 170) - 85) < 1.6 ? -34 : 0;
    return [colour[0] + shade, colour[1] + shade, colour[2] + shade * 0.9];
  };
  return { kind, at };
}

type Corners = readonly (readonly [number, number])[];

/** Corners of the card on the picture: size, turn, a leaning phone, and where it lies. */
function corners(random: Random, fault: PictureFault, strength: number): Corners {
  const { x, y, width, height } = PICTURE_GUIDE;
  const [turn, lean] = [between(random, -0.05, 0.05), between(random, -0.035, 0.035)];
  const raw = [
    [-0.5, -0.5],
    [0.5, -0.5],
    [0.5, 0.5],
    [-0.5, 0.5],
  ].map(([u, v]) => {
    const near = 1 + lean * 2 * (v as number) + lean * 0.6 * (u as number);
    const [px, py] = [(u as number) * near * CARD_WIDTH, (v as number) * near * CARD_HEIGHT];
    return [px * Math.cos(turn) - py * Math.sin(turn), px * Math.sin(turn) + py * Math.cos(turn)] as const;
  });
  const reach = (axis: 0 | 1) => raw.map((point) => point[axis]);
  const [spanX, spanY] = [
    Math.max(...reach(0)) - Math.min(...reach(0)),
    Math.max(...reach(1)) - Math.min(...reach(1)),
  ];
  // As large as fits into the guide; a little smaller for most.
  const fit = Math.min(width / spanX, height / spanY);
  let scale = fit * between(random, 0.9, 1);
  if (fault === 'small') scale = fit * ([0.66, 0.56, 0.42][strength] as number) * between(random, 0.92, 1.06);
  const place = raw.map(([px, py]) => [px * scale, py * scale] as const);
  const span = (axis: 0 | 1) =>
    [Math.min(...place.map((p) => p[axis])), Math.max(...place.map((p) => p[axis]))] as const;
  const room = (axis: 0 | 1, size: number) => {
    const [low, high] = span(axis);
    return [-size / 2 - low, size / 2 - high] as const;
  };
  const [roomX, roomY] = [room(0, width), room(1, height)];
  let dx = between(random, Math.min(...roomX), Math.max(...roomX));
  let dy = between(random, Math.min(...roomY), Math.max(...roomY));
  if (fault === 'cut') {
    const out = width * ([0.075, 0.14, 0.3][strength] as number) * between(random, 1, 1.2);
    const which = Math.floor(random() * 6);
    if (which !== 1 && which !== 3) dx = which % 2 ? roomX[1] + out : roomX[0] - out;
    if (which === 1 || which >= 3) dy = which < 4 ? roomY[1] + out : roomY[0] - out;
  }
  return place.map(([px, py]) => [x + width / 2 + dx + px, y + height / 2 + dy + py] as const);
}

/** The map from the picture back to the unit square of four corners. */
function backwards(quad: Corners): (x: number, y: number) => readonly [number, number] {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = quad as [Corners[0], Corners[0], Corners[0], Corners[0]];
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (dx3 * dy2 - dx2 * dy3) / det;
  const h = (dx1 * dy3 - dx3 * dy1) / det;
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0];
  const [d, e, f] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  return (x, y) => {
    const w = (d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d);
    return [
      ((e - f * h) * x + (c * h - b) * y + (b * f - c * e)) / w,
      ((f * g - d) * x + (a - c * g) * y + (c * d - a * f)) / w,
    ];
  };
}

/** Spreads the picture along one direction: box three times is nearly a Gauss curve, once is a shaken hand. */
export function spread(image: Image, radius: number, isAcross: boolean, times: number) {
  if (radius < 0.5) return;
  const { width, height, values } = image;
  const [count, lines] = isAcross ? [height, width] : [width, height];
  const stride = (isAcross ? width : 1) * 3;
  const line = new Float32Array(count);
  const whole = Math.floor(radius);
  const rest = radius - whole;
  for (let pass = 0; pass < times; pass++) {
    for (let number = 0; number < lines; number++) {
      for (let channel = 0; channel < 3; channel++) {
        const start = (isAcross ? number : number * width) * 3 + channel;
        for (let i = 0; i < count; i++) line[i] = values[start + i * stride] as number;
        const at = (i: number) => line[Math.min(count - 1, Math.max(0, i))] as number;
        for (let i = 0; i < count; i++) {
          let sum = rest * (at(i - whole - 1) + at(i + whole + 1));
          for (let near = -whole; near <= whole; near++) sum += at(i + near);
          values[start + i * stride] = sum / (2 * radius + 1);
        }
      }
    }
  }
}

/** Radius of three boxes that spread like a Gauss curve. */
export const boxRadius = (sigma: number) => (Math.sqrt(4 * sigma * sigma + 1) - 1) / 2;

/** One picture of a card with one fault, or with none. */
export function cardPicture(random: Random, fault: PictureFault, strength: number): CardPicture {
  const { image: texture, paper } = card(random);
  const { kind, at: ground } = desk(random, paper);
  const toCard = backwards(corners(random, fault, strength));
  const [width, height] = [PICTURE_SIZE.width * FINE, PICTURE_SIZE.height * FINE];
  const image = new Image(width, height);
  const lightTurn = between(random, 0, 6.3);
  const [lightX, lightY] = [Math.cos(lightTurn) * 0.12, Math.sin(lightTurn) * 0.12];
  const exposure =
    fault === 'dark'
      ? ([0.3, 0.2, 0.11][strength] as number)
      : between(random, fault === 'empty' ? 0.9 : 0.72, 1.02);
  /** As a camera does: paper is not burnt out, and a dark card on a dark desk is not night. */
  const under = brightness(ground(40, 40));
  const seen = fault === 'empty' ? under : (brightness(paper) + under) / 2;
  const lifted = fault === 'dark' ? 1 : Math.min(1.4, Math.max(1, 100 / seen));
  const metered = fault === 'empty' ? 110 / Math.max(28, under) : Math.min(lifted, 214 / brightness(paper));
  const warmth = between(random, 0.94, 1.06);
  const shadow = between(random, 0.55, 0.8);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [px, py] = [(x + 0.5) / FINE, (y + 0.5) / FINE];
      const light = 1 + lightX * (px / 160 - 1) + lightY * (py / 116 - 1);
      const at = (y * width + x) * 3;
      const [u, v] = fault === 'empty' ? [-1, -1] : toCard(px, py);
      let source: ArrayLike<number> = texture.values;
      let from = 0;
      let shade = 1;
      if (isOnCard(u, v)) {
        from = (Math.floor(v * CARD_HEIGHT) * CARD_WIDTH + Math.floor(u * CARD_WIDTH)) * 3;
      } else {
        source = ground(px, py);
        if (isOnCard(u - 0.012, v - 0.02)) shade = shadow;
      }
      for (let channel = 0; channel < 3; channel++) {
        const tint = channel === 0 ? warmth : channel === 2 ? 1 / warmth : 1;
        image.values[at + channel] =
          (source[from + channel] as number) * light * exposure * metered * shade * tint;
      }
    }
  }
  if (fault === 'glare') shine(image, random, strength, toCard);
  const isShaken = fault === 'blurred' && random() < 0.35;
  if (isShaken) {
    // A hand moves mostly along one direction; the length is that of the smear.
    const length = ([4.5, 7, 11][strength] as number) * FINE;
    spread(image, length / 2, random() < 0.5, 1);
  }
  const sigma =
    fault === 'blurred' && !isShaken ? ([1.25, 1.9, 3.2][strength] as number) : between(random, 0.2, 0.45);
  const radius = boxRadius(sigma * FINE);
  spread(image, radius, false, 3);
  spread(image, radius, true, 3);
  const grain = fault === 'dark' ? between(random, 2, 6) : between(random, 0.8, 4);
  return { fault, strength, desk: kind, frame: developed(image, random, grain), guide: PICTURE_GUIDE };
}

const CORNER = 0.04;
function isOnCard(u: number, v: number): boolean {
  if (u < 0 || v < 0 || u > 1 || v > 1) return false;
  const [x, y] = [Math.max(0, CORNER - Math.min(u, 1 - u)), Math.max(0, CORNER - Math.min(v, 1 - v) / 1.585)];
  return x * x + y * y <= CORNER * CORNER;
}

/** A lamp mirrored in the card: a burnt-out ellipse or bar with a soft fall-off. */
function shine(
  image: Image,
  random: Random,
  strength: number,
  toCard: (x: number, y: number) => readonly [number, number],
) {
  const [centreU, centreV] = [between(random, 0.22, 0.78), between(random, 0.25, 0.75)];
  const size = ([0.075, 0.11, 0.18][strength] as number) * between(random, 0.95, 1.15);
  const stretch = random() < 0.4 ? between(random, 2, 3.5) : between(random, 0.9, 1.5);
  const turn = between(random, 0, 3.1);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const [u, v] = toCard((x + 0.5) / FINE, (y + 0.5) / FINE);
      if (!isOnCard(u, v)) continue;
      const [du, dv] = [u - centreU, (v - centreV) / 1.585];
      const along = (du * Math.cos(turn) + dv * Math.sin(turn)) / stretch;
      const far = Math.hypot(along, dv * Math.cos(turn) - du * Math.sin(turn)) / size;
      const added = 290 / (1 + far ** 5);
      const at = (y * image.width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        image.values[at + channel] = (image.values[at + channel] as number) + added;
      }
    }
  }
}

/** Averages to the size of the frame, adds grain, and cuts to eight bits. */
function developed(image: Image, random: Random, grain: number): Frame {
  const { width, height } = PICTURE_SIZE;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 4;
      const noise = (random() + random() + random() - 1.5) * 2 * grain;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let fine = 0; fine < FINE * FINE; fine++) {
          const row = y * FINE + Math.floor(fine / FINE);
          sum += image.values[(row * image.width + x * FINE + (fine % FINE)) * 3 + channel] as number;
        }
        const own = (random() - 0.5) * grain;
        data[to + channel] = sum / (FINE * FINE) + noise + own;
      }
      data[to + 3] = 255;
    }
  }
  return { width, height, data };
}

/** A set of pictures with all faults at three strengths; half of them without any fault. */
export function cardPictures(seed: number, rounds: number): CardPicture[] {
  const random = seeded(seed);
  return Array.from({ length: rounds }, () =>
    PICTURE_FAULTS.flatMap((fault) =>
      fault === 'empty'
        ? [cardPicture(random, fault, 0)]
        : fault === 'none'
          ? Array.from({ length: 10 }, () => cardPicture(random, fault, 0))
          : [0, 1, 2].map((strength) => cardPicture(random, fault, strength)),
    ),
  ).flat();
}
