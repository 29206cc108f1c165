import { fileURLToPath } from 'node:url';
import fastq from 'fastq';
import type Sharp from 'sharp';
import { library } from './webp.ts';

/** A font with all of GB 18030's common Chinese: the machine may have none. */
export const WATERMARK_FONT = fileURLToPath(
  new URL('../fonts/NotoSansHans-Regular.otf', import.meta.resolve('@embedpdf/fonts-sc')),
);
const ANGLE = -24;
const KEPT = 200;
const ZONE = 'Asia/Shanghai';

interface Tile {
  data: Buffer;
  width: number;
  height: number;
}

const tiles = new Map<string, Promise<Tile>>();

/** Pixels of the letters: on a page, and on a small picture. */
const LARGE = 30;
export const SMALL = 13;

/** Whose look a picture is of. */
interface Viewer {
  userId: string;
  username: string;
  name: string;
}

/** What lies over a picture: the user name first and the end of the id, as two people can bear one name. */
export const watermarkText = ({ userId, username, name }: Viewer, at: Date) =>
  `${username} #${userId.slice(-6)} ${name} ${minute(at)}`;

/** Each holds some twenty megabytes outside the heap while it is drawn. */
const AT_ONCE = 2;
const drawing = fastq.promise(draw, AT_ONCE);

/** A picture (WebP) with the viewer's names and the minute all over it; drawn in turn when many are asked for at once. */
export function watermarked(picture: Buffer, viewer: Viewer, at: Date, letters = LARGE): Promise<Buffer> {
  return drawing.push({ picture, text: watermarkText(viewer, at), letters });
}

async function draw(asked: { picture: Buffer; text: string; letters: number }): Promise<Buffer> {
  const { picture, text, letters } = asked;
  const sharp = await library();
  const tile = await tileOf(sharp, text, letters);
  const { width, height } = await sharp(picture).metadata();
  // sharp refuses a tile larger than the picture.
  const size = { width: Math.min(tile.width, width), height: Math.min(tile.height, height) };
  const input = await sharp(tile.data, { raw: { width: tile.width, height: tile.height, channels: 4 } })
    .extract({ left: 0, top: 0, ...size })
    .raw()
    .toBuffer();
  return sharp(picture)
    .composite([{ input, raw: { ...size, channels: 4 }, tile: true }])
    .webp({ effort: 2 })
    .toBuffer();
}

function minute(at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' }).format(
    at,
  );
}

/** The same for every picture that somebody looks at within a minute. */
function tileOf(sharp: typeof Sharp, text: string, letters: number): Promise<Tile> {
  const key = `${letters} ${text}`;
  const known = tiles.get(key);
  if (known) return known;
  for (const oldest of [...tiles.keys()].slice(0, Math.max(0, tiles.size - KEPT))) tiles.delete(oldest);
  const tile = makeTile(sharp, text, letters);
  tiles.set(key, tile);
  tile.catch(() => tiles.delete(key));
  return tile;
}

/** Grey that shows on white paper and on dark photographs alike. */
export async function makeTile(sharp: typeof Sharp, text: string, letters = LARGE): Promise<Tile> {
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const words = await sharp({
    text: {
      text: `<span foreground="#7d7d7d" alpha="36%">${escaped}</span>`,
      fontfile: WATERMARK_FONT,
      font: `Noto Sans S Chinese ${letters}`,
      rgba: true,
      dpi: 72,
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = words.info;
  const turned = await sharp(words.data, { raw: { width, height, channels: 4 } })
    .rotate(ANGLE, { background: clear })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, info } = await sharp(turned.data, {
    raw: { width: turned.info.width, height: turned.info.height, channels: 4 },
  })
    .extend({ ...marginsOf(letters), background: clear })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const marginsOf = (letters: number) => {
  const [high, wide] = [Math.round(letters * 0.8), Math.round(letters * 1.3)];
  return { top: high, bottom: high, left: wide, right: wide };
};
