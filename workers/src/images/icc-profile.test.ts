import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { isSrgb } from './icc-profile.ts';
import { renderPicture } from './pictures.ts';

const RED = { create: { width: 8, height: 8, channels: 3, background: '#e03c28' } } as const;

async function profileOf(name: 'srgb' | 'p3' | 'cmyk'): Promise<Buffer> {
  const picture = await sharp(RED).withIccProfile(name).jpeg().toBuffer();
  return (await sharp(picture).metadata()).icc as Buffer;
}

/** A profile with sRGB's matrix and these three curves, as `curv` tags hold them. */
function profileWith(curve: (x: number) => number, points = 1024): Uint8Array {
  const columns = [
    [0.43607, 0.22249, 0.01392],
    [0.38515, 0.71687, 0.09708],
    [0.14307, 0.06061, 0.7141],
  ];
  const names = ['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC'];
  const curveAt = 132 + 12 * names.length + 20 * columns.length;
  const profile = Buffer.alloc(curveAt + 12 + 2 * points);
  profile.write('RGB XYZ ', 16, 'latin1');
  profile.writeUInt32BE(names.length, 128);
  for (const [n, name] of names.entries()) {
    const at = n < 3 ? 132 + 12 * names.length + 20 * n : curveAt;
    profile.write(name, 132 + 12 * n, 'latin1');
    profile.writeUInt32BE(at, 136 + 12 * n);
    profile.writeUInt32BE(n < 3 ? 20 : 12 + 2 * points, 140 + 12 * n);
    for (const [k, value] of (columns[n] ?? []).entries())
      profile.writeInt32BE(Math.round(value * 65536), at + 8 + 4 * k);
  }
  profile.write('curv', curveAt, 'latin1');
  profile.writeUInt32BE(points, curveAt + 8);
  for (let n = 0; n < points; n += 1)
    profile.writeUInt16BE(Math.round(curve(n / (points - 1)) * 65535), curveAt + 12 + 2 * n);
  return profile;
}
const toLight = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);

describe('a colour profile', () => {
  test('of sRGB is known by its colours, with a table of points as with a formula', async () => {
    expect(isSrgb(await profileOf('srgb'))).toBe(true);
    expect(isSrgb(profileWith(toLight))).toBe(true);
  });

  test('of other colours is not: those of an iPhone, of print, of another brightness', async () => {
    expect(isSrgb(await profileOf('p3'))).toBe(false);
    expect(isSrgb(await profileOf('cmyk'))).toBe(false);
    expect(isSrgb(profileWith((x) => x ** 1.8))).toBe(false);
    expect(isSrgb(profileWith(toLight, 1))).toBe(false);
  });

  test('that breaks off, or points outside itself, says nothing', async () => {
    const whole = await profileOf('srgb');
    for (let length = 0; length < whole.length; length += 7) isSrgb(whole.subarray(0, length));
    expect(isSrgb(whole.subarray(0, 140))).toBe(false);
    const outside = Buffer.from(whole);
    outside.writeUInt32BE(0x7fffffff, 136);
    expect(isSrgb(outside)).toBe(false);
  });

  test('does not change what is seen, whether it has to be converted or not', async () => {
    const red = async (picture: Buffer) => {
      const { preview } = await renderPicture(picture);
      const { data } = await sharp(preview).raw().toBuffer({ resolveWithObject: true });
      return [...data.subarray(0, 3)];
    };
    const plain = await red(await sharp(RED).png().toBuffer());
    const wide = await red(await sharp(RED).withIccProfile('p3').png().toBuffer());
    const tagged = await red(await sharp(RED).withIccProfile('srgb').png().toBuffer());
    for (const [n, value] of plain.entries()) {
      expect(Math.abs((wide[n] as number) - value)).toBeLessThanOrEqual(4);
      expect(Math.abs((tagged[n] as number) - value)).toBeLessThanOrEqual(2);
    }
  });
});
