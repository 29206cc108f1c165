import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeTile, WATERMARK_FONT, watermarked } from './watermark.ts';
import { library } from './webp.ts';

/** The characters of a font by the groups of its `cmap` of format 12; others are drawn by whatever the machine has. */
function charactersOf(path: string): (character: string) => boolean {
  const font = readFileSync(path);
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, n) => 12 + n * 16);
  const cmap = font.readUInt32BE(
    (tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap') as number) + 8,
  );
  const maps = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, n) => cmap + font.readUInt32BE(cmap + 8 + n * 8),
  );
  const map = maps.find((at) => font.readUInt16BE(at) === 12);
  if (map === undefined) return () => false;
  const groups = Array.from({ length: font.readUInt32BE(map + 12) }, (_, n) => map + 16 + n * 12);
  return (character) => {
    const point = character.codePointAt(0) as number;
    return groups.some((at) => font.readUInt32BE(at) <= point && point <= font.readUInt32BE(at + 4));
  };
}

describe('the name on a picture', () => {
  test('common and rare Chinese names are in the font that goes with the product', () => {
    const has = charactersOf(WATERMARK_FONT);
    const names =
      '林沈王李张刘陈杨赵黄周吴徐孙胡朱高何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文阿·翀䶮喆堃昇玥璟珺㛃';
    expect([...names].filter((character) => !has(character))).toEqual([]);
  });

  test('a name is drawn', async () => {
    const sharp = await library();
    const { data, width, height } = await makeTile(sharp, '林沈');
    const { channels } = await sharp(data, { raw: { width, height, channels: 4 } }).stats();
    expect(channels[3]?.max).toBeGreaterThan(60);
    const longer = await makeTile(sharp, '林沈翀䶮');
    expect(longer.width).toBeGreaterThan(width);
  });

  test('pictures asked for at once are drawn in turn, two at a time', async () => {
    const sharp = await library();
    const create = { width: 600, height: 800, channels: 3, background: '#fff' } as const;
    const page = await sharp({ create }).webp().toBuffer();
    let most = 0;
    // Also what waits for a thread holds its picture.
    const count = () => {
      const { queue, process } = sharp.counters();
      most = Math.max(most, queue + process);
    };
    sharp.queue.on('change', count);
    const viewer = { userId: '0199a000-0000-7000-8000-000000000001', username: 'lin', name: '林沈' };
    const pictures = await Promise.all(
      Array.from({ length: 8 }, () => watermarked(page, viewer, new Date(0))),
    ).finally(() => sharp.queue.off('change', count));
    expect(most).toBe(2);
    expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(1);
    expect(pictures[0]?.equals(page)).toBe(false);
  });
});
