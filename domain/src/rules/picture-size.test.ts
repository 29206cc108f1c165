import { longScreenshot } from '@qijian/e2e/fixtures/long-pictures.ts';
import { bytes, sampleHeic, sampleJpeg, samplePng } from '@qijian/e2e/fixtures/sample-files.ts';
import { describe, expect, test } from 'vitest';
import { isLong, MAX_PIXELS, pictureSize, sentSize } from './picture-size.ts';

const JPEG = 'image/jpeg';
const PNG = 'image/png';

describe('the size at which a picture is sent', () => {
  test.each([
    ['a photograph of a phone', [4032, 3024], JPEG, [2560, 1920]],
    ['the same upright', [3024, 4032], JPEG, [1920, 2560]],
    ['a photograph that is small enough', [1600, 1200], JPEG, [1600, 1200]],
    ['a photograph of 108 megapixels', [12_000, 9_000], JPEG, [2560, 1920]],
    ['a screenshot of one screen', [1440, 3120], PNG, [1440, 3120]],
    ['a screenshot of a large screen', [3840, 2160], PNG, [3840, 2160]],
    ['a photograph saved as PNG', [6000, 4500], PNG, [2560, 1920]],
    ['a scrolled screenshot', [1080, 12_000], PNG, [1080, 12_000]],
    ['the same as JPEG', [1080, 12_000], JPEG, [1080, 12_000]],
    ['a receipt', [1200, 4800], JPEG, [1200, 4800]],
    ['a panorama', [8000, 2000], JPEG, [8000, 2000]],
  ] as const)('%s', (_what, [width, height], mime, [sentWidth, sentHeight]) => {
    expect(sentSize({ width, height }, mime)).toEqual({ width: sentWidth, height: sentHeight });
  });

  test('a screenshot too long for a canvas of any browser is sent as it is', () => {
    expect(sentSize({ width: 1080, height: 20_000 }, PNG)).toBeNull();
    expect(sentSize({ width: 1080, height: 20_000 }, JPEG)).toBeNull();
    expect(sentSize({ width: 400, height: 16_385 }, JPEG)).toBeNull();
  });

  test('no picture, however long, comes out narrower than 1080 that was not, and none larger than it was', () => {
    for (let height = 1080; height < 30_000; height += 97) {
      for (const width of [1080, 1170, 1440, 3024]) {
        for (const mime of [JPEG, PNG, 'image/webp'] as const) {
          const sent = sentSize({ width, height }, mime) ?? { width, height };
          expect(Math.min(sent.width, sent.height)).toBeGreaterThanOrEqual(1080);
          expect(sent.width).toBeLessThanOrEqual(width);
          expect(sent.height).toBeLessThanOrEqual(height);
        }
      }
    }
  });
});

test('a picture is long from three times its short side on, either way', () => {
  expect(isLong({ width: 100, height: 301 })).toBe(true);
  expect(isLong({ width: 301, height: 100 })).toBe(true);
  expect(isLong({ width: 100, height: 300 })).toBe(false);
});

describe('what the first bytes say of the size', () => {
  const size = (content: Uint8Array, mime: Parameters<typeof pictureSize>[1]) => pictureSize(content, mime);

  test('of a JPEG, however much stands before it', () => {
    expect(size(sampleJpeg({ width: 640, height: 480 }), JPEG)).toEqual({ width: 640, height: 480 });
    const photo = sampleJpeg({ width: 12_000, height: 9_000, orientation: 6, padTo: 150_000 });
    expect(size(photo.subarray(0, 200_000), JPEG)).toEqual({ width: 12_000, height: 9_000 });
  });

  test('of a PNG', async () => {
    expect(size(samplePng({ declared: [8000, 7000] }), PNG)).toEqual({ width: 8000, height: 7000 });
    expect(size(await longScreenshot({ height: 300 }), PNG)).toEqual({ width: 1080, height: 300 });
  });

  test('of each kind of WebP', () => {
    const webp = (kind: string, rest: number[]) =>
      bytes('RIFF', [0, 0, 0, 0], 'WEBP', kind, [0, 0, 0, 0], rest, [0, 0, 0, 0]);
    const expected = { width: 1081, height: 20_000 };
    expect(size(webp('VP8X', [0, 0, 0, 0, 0x38, 4, 0, 0x1f, 0x4e, 0]), 'image/webp')).toEqual(expected);
    expect(size(webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 0x39, 0x04, 0x20, 0x4e]), 'image/webp')).toMatchObject({
      width: 1081,
      height: 20_000 & 0x3fff,
    });
    const bits = 1080 | (11_999 << 14);
    expect(
      size(
        webp('VP8L', [0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24]),
        'image/webp',
      ),
    ).toEqual({ width: 1081, height: 12_000 });
  });

  test('nothing where they end too early or the file tells it elsewhere', () => {
    expect(size(sampleJpeg({ padTo: 150_000 }).subarray(0, 1000), JPEG)).toBeNull();
    expect(size(bytes([0xff, 0xd8, 1, 2, 3, 4]), JPEG)).toBeNull();
    expect(size(samplePng().subarray(0, 12), PNG)).toBeNull();
    expect(size(sampleHeic(), 'image/heic')).toBeNull();
    expect(size(bytes('%PDF-1.7'), 'application/pdf')).toBeNull();
    expect(MAX_PIXELS).toBe(50_000_000);
  });
});
