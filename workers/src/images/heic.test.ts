import { gridHeic } from '@qijian/e2e/fixtures/sample-files.ts';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { heicStrip, renderHeic } from './heic.ts';

const pixels = async (picture: Uint8Array) =>
  sharp(picture).resize(100, 100, { fit: 'fill' }).removeAlpha().raw().toBuffer();
/** The largest difference of two pictures, averaged over blocks as a person would see them. */
async function difference(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [one, other] = [await pixels(a), await pixels(b)];
  return one.reduce((most, value, n) => Math.max(most, Math.abs(value - (other[n] as number))), 0);
}

/** Neither from its left edge nor from its upper one, and not by the same number of pixels. */
const CROPPED_WITHIN: Pick<Parameters<typeof gridHeic>[0], 'crop' | 'cropAt'> = {
  crop: [450, 330],
  cropAt: [29, 13],
};

describe('a HEIC photograph', () => {
  test('of many tiles looks the same whether it is decoded at once or tile by tile', async () => {
    const content = gridHeic({ width: 700, height: 500 });
    const [whole, tiled] = [await renderHeic(content), await renderHeic(content, 0)];
    expect([tiled.width, tiled.height]).toEqual([700, 500]);
    expect(await difference(whole.preview, tiled.preview)).toBeLessThan(40);
  });

  test('shows the same strip whether it is decoded at once or tile by tile', async () => {
    const content = gridHeic({ width: 1100, height: 300 });
    const [whole, tiled] = [await heicStrip(content, 2, 3), await heicStrip(content, 2, 3, 0)];
    expect(await difference(whole, tiled)).toBeLessThan(40);
  });

  test.each([
    ['turned', { turns: 3 }],
    ['turned the other way', { turns: 1 }],
    ['turned upside down', { turns: 2 }],
    ['mirrored', { mirrored: true }],
    ['turned and mirrored', { turns: 1, mirrored: true }],
    ['cropped', { crop: [450, 330] as [number, number] }],
    ['cropped within', CROPPED_WITHIN],
    ['cropped within, turned and mirrored', { ...CROPPED_WITHIN, turns: 3, mirrored: true }],
  ])('that is %s shows every edge where it belongs, tile by tile', async (_how, transformations) => {
    // Neither side is a whole number of tiles: what fills the last ones up is never part of the picture.
    const content = gridHeic({ width: 600, height: 400, ...transformations });
    const [whole, tiled] = [await renderHeic(content), await renderHeic(content, 0)];
    expect([tiled.width, tiled.height]).toEqual([whole.width, whole.height]);
    expect(await difference(whole.preview, tiled.preview)).toBeLessThan(40);
  });

  test.each([
    ['at once', undefined],
    ['tile by tile', 0],
  ])('that was cropped is shown cropped, decoded %s', async (_how, atOnce) => {
    const content = gridHeic({ width: 200, height: 130, crop: [64, 48] });
    const { preview, ...facts } = await renderHeic(content, atOnce);
    expect(facts).toMatchObject({ width: 64, height: 48 });
    expect(
      await difference(preview, (await renderHeic(gridHeic({ width: 64, height: 48 }))).preview),
    ).toBeLessThan(40);
  });
});
