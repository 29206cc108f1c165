import { bytes, sampleHeic, sampleJpeg, samplePng } from '@qijian/e2e/fixtures/sample-files.ts';
import { describe, expect, test } from 'vitest';
import { isCameraPicture } from './photo-source.ts';

/** A JPEG's head whose Exif directory has these tags, in either byte order. */
function jpegWith(tags: number[], isLittle = true): Uint8Array {
  const number = (value: number, length: number) => {
    const big = Array.from({ length }, (_, n) => (value >> (8 * (length - 1 - n))) & 0xff);
    return isLittle ? big.reverse() : big;
  };
  const directory = (entries: [tag: number, value: number][]) => [
    ...number(entries.length, 2),
    ...entries.flatMap(([tag, value]) => [
      ...number(tag, 2),
      ...number(4, 2),
      ...number(1, 4),
      ...number(value, 4),
    ]),
    ...number(0, 4),
  ];
  const tiff = bytes(
    isLittle ? 'II' : 'MM',
    number(42, 2),
    number(8, 4),
    directory([[0x8769, 26]]),
    directory(tags.map((tag) => [tag, 1])),
  );
  const length = tiff.length + 8;
  return bytes([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 0xff], 'Exif', [0, 0], tiff, [0xff, 0xd9]);
}

describe('what a camera took', () => {
  test('is known by its exposure, in both byte orders, and by being HEIC', () => {
    expect(isCameraPicture(jpegWith([0x829a]))).toBe(true);
    expect(isCameraPicture(jpegWith([0x9000, 0x829d], false))).toBe(true);
    expect(isCameraPicture(sampleHeic())).toBe(true);
  });

  test('is not a screenshot, nor a picture that lost its notes', () => {
    expect(isCameraPicture(samplePng())).toBe(false);
    expect(isCameraPicture(sampleJpeg())).toBe(false);
    expect(isCameraPicture(sampleJpeg({ orientation: 6 }))).toBe(false);
    expect(isCameraPicture(jpegWith([0x9286]))).toBe(false);
  });

  test('is not decided by a head that is cut off or points nowhere', () => {
    const whole = jpegWith([0x829a]);
    for (let length = 0; length < whole.length - 20; length++)
      expect(() => isCameraPicture(whole.slice(0, length))).not.toThrow();
    expect(isCameraPicture(new Uint8Array())).toBe(false);
  });
});
