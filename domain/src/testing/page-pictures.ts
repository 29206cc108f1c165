import { type Frame, PAGE_FRAME_SIDE } from '../rules/photo-quality.ts';
import {
  between,
  boxRadius,
  type Colour,
  Image,
  pick,
  type Random,
  seeded,
  spread,
} from './card-pictures.ts';

/** What is wrong with a generated photograph of a sheet of paper. */
export const PAGE_FAULTS = ['none', 'dark', 'glare', 'blurred'] as const;
export type PageFault = (typeof PAGE_FAULTS)[number];

export interface PagePicture {
  readonly fault: PageFault;
  /** 0 is the weakest strength that anybody would see. */
  readonly strength: number;
  readonly frame: Frame;
}

const [WIDTH, HEIGHT] = [Math.round(PAGE_FRAME_SIDE * 0.75), PAGE_FRAME_SIDE];
const PAPERS: readonly Colour[] = [
  [232, 232, 228],
  [226, 222, 208],
  [214, 222, 232],
  [240, 240, 240],
];
const DESKS: readonly Colour[] = [
  [96, 74, 56],
  [60, 62, 66],
  [150, 150, 146],
];
const INK: Colour = [44, 44, 50];

/** A sheet of text, a table or both, with a seal, never the same twice, photographed with some desk around it. */
function sheet(random: Random): Image {
  const image = new Image(WIDTH, HEIGHT);
  image.fill(0, 0, WIDTH, HEIGHT, pick(random, DESKS));
  const [left, top] = [between(random, 10, 60), between(random, 10, 60)];
  const [right, bottom] = [WIDTH - between(random, 10, 60), HEIGHT - between(random, 10, 60)];
  image.fill(left, top, right - left, bottom - top, pick(random, PAPERS));
  const size = pick(random, [11, 13, 16]);
  const isTable = random() < 0.5;
  for (let y = top + 70; y < bottom - 90; y += size * 1.9) {
    const end = right - 40 - random() * (isTable ? 20 : 260);
    for (let x = left + 40; x + size < end; x += size * 1.08) {
      // Columns of a table are apart.
      if (isTable && (x - left) % 130 > 92) continue;
      for (let stroke = 0; stroke < 4; stroke++) {
        const at = random() * (size - 2);
        const thin = Math.max(1.2, size / 9);
        if (random() < 0.55) image.fill(x, y + at, size * 0.85, thin, INK);
        else image.fill(x + at, y, thin, size * 0.85, INK);
      }
    }
    if (isTable) image.fill(left + 36, y + size * 1.4, right - left - 72, 1.2, [120, 120, 124]);
  }
  if (random() < 0.6) seal(image, right - 150, bottom - 150, between(random, 40, 58));
  return image;
}

function seal(image: Image, x: number, y: number, radius: number): void {
  for (let turn = 0; turn < 6.28; turn += 0.008) {
    image.fill(x + radius * Math.cos(turn), y + radius * Math.sin(turn), 3, 3, [196, 74, 66]);
  }
}

/** One photograph of a sheet with one fault, or with none. */
export function pagePicture(random: Random, fault: PageFault, strength: number): PagePicture {
  const image = sheet(random);
  const exposure = fault === 'dark' ? ([0.3, 0.2, 0.11][strength] as number) : between(random, 0.72, 0.98);
  const [lightX, lightY] = [between(random, -0.12, 0.12), between(random, -0.12, 0.12)];
  const [shineX, shineY] = [between(random, 0.25, 0.75) * WIDTH, between(random, 0.25, 0.75) * HEIGHT];
  const shine = fault === 'glare' ? ([0.07, 0.11, 0.18][strength] as number) * WIDTH : 0;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const light = exposure * (1 + lightX * (x / WIDTH - 0.5) + lightY * (y / HEIGHT - 0.5));
      const added = shine ? 290 / (1 + (Math.hypot(x - shineX, y - shineY) / shine) ** 5) : 0;
      const at = (y * WIDTH + x) * 3;
      for (let channel = at; channel < at + 3; channel++) {
        image.values[channel] = (image.values[channel] as number) * light + added;
      }
    }
  }
  if (fault === 'blurred' && random() < 0.35) {
    spread(image, ([3, 4.5, 7][strength] as number) * 0.8, random() < 0.5, 1);
  } else {
    // A sharp lens and the smaller size leave half a pixel.
    const [radius, times] =
      fault === 'blurred'
        ? [boxRadius([1.5, 2.2, 3.6][strength] as number), 3]
        : [between(random, 0.5, 0.8), 1];
    for (const isAcross of [false, true]) spread(image, radius, isAcross, times);
  }
  return { fault, strength, frame: developed(image, random, between(random, 0.8, 4)) };
}

function developed({ values }: Image, random: Random, grain: number): Frame {
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let from = 0, to = 0; from < values.length; from += 3, to += 4) {
    const noise = (random() + random() + random() - 1.5) * 2 * grain;
    for (let channel = 0; channel < 3; channel++)
      data[to + channel] = (values[from + channel] as number) + noise;
    data[to + 3] = 255;
  }
  return { width: WIDTH, height: HEIGHT, data };
}

/** A set of sheets with all faults at three strengths, a third of them without any fault. */
export function pagePictures(seed: number, rounds: number): PagePicture[] {
  const random = seeded(seed);
  return Array.from({ length: rounds }, () =>
    PAGE_FAULTS.flatMap((fault) =>
      fault === 'none'
        ? Array.from({ length: 5 }, () => pagePicture(random, fault, 0))
        : [0, 1, 2].map((strength) => pagePicture(random, fault, strength)),
    ),
  ).flat();
}
