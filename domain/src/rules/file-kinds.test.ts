import { describe, expect, test } from 'vitest';
import { cleanFilename, isPictureSequence, sniffFileKind } from './file-kinds.ts';

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)),
  );

describe('the kind of a file', () => {
  test.each([
    ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe0])],
    ['image/png', bytes([0x89], 'PNG\r\n', [0x1a], '\n')],
    ['image/webp', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ')],
    ['image/heic', bytes([0, 0, 0, 24], 'ftypheic', [0, 0, 0, 0], 'mif1heic')],
    ['image/heic', bytes([0, 0, 0, 24], 'ftypmif1', [0, 0, 0, 0], 'mif1heic')],
    ['image/heic', bytes([0, 0, 0, 28], 'ftyphevc', [0, 0, 0, 0], 'msf1hevcheic')],
    ['application/pdf', bytes('%PDF-1.7')],
    ['application/pdf', bytes([0xef, 0xbb, 0xbf], '%PDF-1.4')],
    ['application/pdf', bytes('\n%PDF-1.4')],
    ['application/pdf', bytes([0xef, 0xbb, 0xbf], '\r\n  \t', ' '.repeat(990), '%PDF-1.4')],
  ])('%s is known by its first bytes', (mime, head) => {
    expect(sniffFileKind(head)).toBe(mime);
  });

  test.each([
    ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg">')],
    ['HTML', bytes('<!doctype html><script>')],
    ['HTML with a PDF further on', bytes('<script>1</script>%PDF-1.7')],
    ['blanks with a PDF too far on', bytes(' '.repeat(1100), '%PDF-1.7')],
    ['GIF', bytes('GIF89a')],
    ['TIFF', bytes('II*', [0])],
    ['BMP', bytes('BM', [0, 0, 0, 0])],
    ['EXE', bytes('MZ', [0x90, 0])],
    ['ZIP', bytes('PK', [3, 4])],
    ['AVIF', bytes([0, 0, 0, 28], 'ftypavif', [0, 0, 0, 0], 'avifmif1miaf')],
    ['MP4', bytes([0, 0, 0, 24], 'ftypisom', [0, 0, 0, 0], 'isomavc1')],
    ['a sequence of HEVC pictures', bytes([0, 0, 0, 24], 'ftyphevc', [0, 0, 0, 0], 'msf1hevc')],
    ['nothing', bytes()],
    ['half a signature', bytes([0x89], 'PN')],
  ])('%s is refused', (_what, head) => {
    expect(sniffFileKind(head)).toBeNull();
  });
});

describe('several HEVC pictures in a row', () => {
  const brands = (...names: string[]) =>
    bytes([0, 0, 0, 8 + (names.length + 1) * 4], 'ftyp', names[0] as string, [0, 0, 0, 0], ...names.slice(1));

  test.each([
    ['a burst', brands('msf1', 'hevc', 'mif1'), true],
    ['an animation', brands('hevc', 'msf1'), true],
    ['a burst with a picture to show', brands('msf1', 'hevc', 'mif1', 'heic'), false],
    ['a photograph of a phone that also names films', brands('heic', 'mif1', 'heic', 'hevc', 'msf1'), false],
    ['a film', brands('isom', 'avc1'), false],
    ['an AVIF sequence', brands('avis', 'msf1'), true],
    ['a JPEG', bytes([0xff, 0xd8, 0xff, 0xe0]), false],
  ])('%s', (_what, head, isSequence) => {
    expect(isPictureSequence(head)).toBe(isSequence);
  });
});

describe('a file name', () => {
  test.each([
    ['身份证正面.jpg', '身份证正面.jpg'],
    ['../../etc/passwd.jpg', 'passwd.jpg'],
    ['C:\\Users\\me\\scan.JPG', 'scan.JPG'],
    ['a\u0000b\r\nSet-Cookie: x.jpg', 'abSet-Cookie_ x.jpg'],
    ['photo\u202egpj.exe', 'photogpj.exe.jpg'],
    ['page.html', 'page.html.jpg'],
    ['cafe\u0301.jpeg', 'caf\u00e9.jpeg'],
    ['.htaccess', 'htaccess.jpg'],
    ['...', 'file.jpg'],
    ['%E9%93%B6%E8%A1%8C%2F..%2F%E6%B5%81%E6%B0%B4.jpg', '流水.jpg'],
    ['=?utf-8?B?5rWB5rC0?=.jpg', '流水.jpg'],
    ['', 'file.jpg'],
    ['no extension', 'no extension.jpg'],
  ])('%j becomes %j', (given, kept) => {
    expect(cleanFilename(given, 'image/jpeg')).toBe(kept);
  });

  test('keeps to 255 bytes without cutting a character in two', () => {
    const name = cleanFilename(`${'银'.repeat(300)}.pdf`, 'application/pdf');
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^银+\.pdf$/);
  });

  test('survives a lone surrogate', () => {
    expect(cleanFilename('a\ud800b.png', 'image/png')).toBe('a\ufffdb.png');
    for (const unseen of ['\u3164', '\u2800', '\u115f\ufe0f'])
      expect(cleanFilename(`${unseen}.png`, 'image/png')).toBe('file.png');
  });
});
