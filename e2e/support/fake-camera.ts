import { closeSync, openSync, writeSync } from 'node:fs';
import { seeded } from '../fixtures/card-pictures.ts';

export type CameraScene = 'sharp' | 'blurred' | 'dark' | 'cut' | 'empty';

/** The picture a phone held upright gives. */
const [WIDTH, HEIGHT] = [720, 1280];
/** The same picture stays for a while, so few frames a second keep the file small. */
const FRAMES_A_SECOND = 2;

/** Where the card lies, as shares of the picture: in the guide of a 390 × 844 screen. */
export interface CardPlace {
  readonly centreX: number;
  readonly centreY: number;
  readonly width: number;
}
const IN_GUIDE: CardPlace = { centreX: 0.5, centreY: 0.4686, width: 0.67 };

/** What Chromium is started with so that its camera shows the file. */
export const cameraArguments = (path: string) => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${path}`,
];

/** Writes a film (Y4M) of the scenes in order; the browser plays it again from the start. */
export function filmCamera(
  path: string,
  scenes: readonly { scene: CameraScene; seconds: number }[],
  place = IN_GUIDE,
): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n`);
    const colour = Buffer.alloc((WIDTH / 2) * (HEIGHT / 2) * 2, 128);
    for (const { scene, seconds } of scenes) {
      const brightness = Buffer.from(Uint8ClampedArray.from(picture(scene, place)));
      for (let frame = 0; frame < seconds * FRAMES_A_SECOND; frame++) {
        writeSync(file, 'FRAME\n');
        writeSync(file, brightness);
        writeSync(file, colour);
      }
    }
  } finally {
    closeSync(file);
  }
}

function picture(scene: CameraScene, { centreX, centreY, width }: CardPlace): Float32Array {
  const random = seeded(7);
  const image = new Float32Array(WIDTH * HEIGHT);
  const fill = (x: number, y: number, w: number, h: number, level: number) => {
    for (let row = Math.max(0, Math.round(y)); row < Math.min(HEIGHT, Math.round(y + h)); row++) {
      const [from, to] = [Math.max(0, Math.round(x)), Math.min(WIDTH, Math.round(x + w))];
      if (to > from) image.fill(level, row * WIDTH + from, row * WIDTH + to);
    }
  };
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) image[y * WIDTH + x] = 112 + 5 * Math.sin(y / 9 + 2 * Math.sin(x / 90));
  }
  if (scene !== 'empty') {
    const [cardWidth, cardHeight] = [WIDTH * width, (WIDTH * width * 54) / 85.6];
    const left = WIDTH * centreX - cardWidth / 2 + (scene === 'cut' ? cardWidth * 0.12 : 0);
    const top = HEIGHT * centreY - cardHeight / 2;
    fill(left, top, cardWidth, cardHeight, 212);
    fill(left + cardWidth * 0.66, top + cardHeight * 0.2, cardWidth * 0.26, cardHeight * 0.5, 150);
    const size = Math.round(cardHeight / 13);
    for (let line = 0; line < 6; line++) {
      const count = line === 5 ? 13 : 5 + Math.floor(random() * 6);
      for (let character = 0; character < count; character++) {
        const x = left + cardWidth * 0.07 + character * size * 1.15;
        const y = top + cardHeight * (0.14 + line * 0.14);
        for (let stroke = 0; stroke < 5; stroke++) {
          const at = random() * (size - 3);
          if (random() < 0.55) fill(x, y + at, size, 3, 42);
          else fill(x + at, y, 3, size, 42);
        }
      }
    }
  }
  if (scene === 'blurred') for (let pass = 0; pass < 3; pass++) soften(image, 5);
  const light = scene === 'dark' ? 0.22 : 1;
  return image.map((level) => level * light + (random() - 0.5) * 4);
}

/** Every pixel becomes the mean of its neighbourhood: along rows, then along columns. */
function soften(image: Float32Array, radius: number): void {
  for (const [step, count, next, lines] of [
    [1, WIDTH, WIDTH, HEIGHT],
    [WIDTH, HEIGHT, 1, WIDTH],
  ] as const) {
    const line = new Float32Array(count);
    for (let number = 0; number < lines; number++) {
      for (let i = 0; i < count; i++) line[i] = image[number * next + i * step] as number;
      for (let i = 0; i < count; i++) {
        let sum = 0;
        for (let near = -radius; near <= radius; near++) {
          sum += line[Math.min(count - 1, Math.max(0, i + near))] as number;
        }
        image[number * next + i * step] = sum / (2 * radius + 1);
      }
    }
  }
}
