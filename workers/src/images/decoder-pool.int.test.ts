import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sniffFileKind } from '@qijian/domain/rules/file-kinds.ts';
import {
  chineseForm,
  chinesePdf,
  dynamicForm,
  STATEMENT_GBK,
  unreadableScan,
  utf16,
} from '@qijian/e2e/fixtures/chinese-pdfs.ts';
import { hostileFiles } from '@qijian/e2e/fixtures/hostile-files.ts';
import {
  bytes,
  gridHeic,
  sampleHeic,
  sampleJpeg,
  samplePdf,
  samplePng,
} from '@qijian/e2e/fixtures/sample-files.ts';
import { removeDataDir } from '@qijian/e2e/fixtures/services.ts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DecoderPool } from './decoder-pool.ts';
import { type Rendering, Unreadable } from './rendering.ts';

let folder: string;
let pool: DecoderPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qijian-decoders-'));
  pool = new DecoderPool({ size: 2 });
});
afterAll(() => {
  pool.close();
  removeDataDir(folder);
});

let count = 0;
function render(content: Uint8Array, mime: string): Promise<Rendering> {
  const path = join(folder, String(count++));
  writeFileSync(path, content);
  return pool.use((decoder) => decoder.render({ path, mime }));
}
/** The reason of a failure, or `ready`. */
const outcome = (content: Uint8Array, mime: string) =>
  render(content, mime).then(
    () => 'ready',
    (error) => {
      if (error instanceof Unreadable) return error.failure;
      throw error;
    },
  );
const sizeOf = async (picture: Uint8Array) => {
  const { format, width, height, exif } = await sharp(picture).metadata();
  return { format, width, height, exif };
};

describe('decoders', () => {
  test('a photograph becomes two WebP pictures without metadata', async () => {
    const content = await sharp({
      create: { width: 4000, height: 3000, channels: 3, background: '#8a9aa6' },
    })
      .withExif({ IFD0: { Copyright: 'canary-exif' }, IFD3: { GPSLatitude: '31/1 13/1 0/1' } })
      .jpeg()
      .toBuffer();
    expect(content.includes('canary-exif')).toBe(true);
    const { preview, thumbnail, ...facts } = await render(content, 'image/jpeg');
    expect(facts).toEqual({ width: 4000, height: 3000, pages: 1, note: null });
    expect(await sizeOf(preview)).toEqual({ format: 'webp', width: 1600, height: 1200, exif: undefined });
    expect(await sizeOf(thumbnail)).toEqual({ format: 'webp', width: 320, height: 240, exif: undefined });
    expect(Buffer.from(preview).includes('canary-exif')).toBe(false);
  });

  test('a picture that lies on its side is turned upright', async () => {
    const left = { create: { width: 40, height: 20, channels: 3 as const, background: '#f00' } };
    const content = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#00f' } })
      .composite([{ input: await sharp(left).png().toBuffer(), top: 0, left: 0 }])
      .extend({ right: 40, background: '#0f0' })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const { preview, width, height } = await render(content, 'image/png');
    expect([width, height]).toEqual([40, 80]);
    const { data, info } = await sharp(preview).raw().toBuffer({ resolveWithObject: true });
    const pixel = (x: number, y: number) => {
      const at = (y * info.width + x) * info.channels;
      return [data[at], data[at + 1], data[at + 2]]
        .map((value) => ((value as number) > 128 ? 1 : 0))
        .join('');
    };
    expect([info.width, info.height]).toEqual([40, 80]);
    expect([pixel(30, 10), pixel(10, 10), pixel(20, 60)]).toEqual(['100', '001', '010']);
  });

  test('small pictures are not enlarged, grey and transparent ones keep their look', async () => {
    expect(await sizeOf((await render(sampleJpeg(), 'image/jpeg')).preview)).toMatchObject({
      width: 64,
      height: 48,
    });
    expect(await sizeOf((await render(samplePng(), 'image/png')).preview)).toMatchObject({
      width: 16,
      height: 16,
    });
    const clear = await sharp({
      create: { width: 30, height: 30, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .webp()
      .toBuffer();
    const { data } = await sharp((await render(clear, 'image/webp')).preview)
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([data[0], data[1], data[2]]).toEqual([255, 255, 255]);
  });

  test('a CMYK photograph and a 16-bit PNG come out in ordinary colours', async () => {
    const red = { create: { width: 50, height: 50, channels: 3 as const, background: '#e02020' } };
    for (const [content, mime] of [
      [await sharp(red).toColourspace('cmyk').jpeg().toBuffer(), 'image/jpeg'],
      [await sharp(red).toColourspace('rgb16').png().toBuffer(), 'image/png'],
    ] as const) {
      const { data } = await sharp((await render(content, mime)).preview)
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(data[0]).toBeGreaterThan(180);
      expect(data[1]).toBeLessThan(90);
    }
  });

  test('a HEIC photograph comes out in its colours', async () => {
    const content = sampleHeic();
    expect(sniffFileKind(content)).toBe('image/heic');
    const { preview, ...facts } = await render(content, 'image/heic');
    expect(facts).toMatchObject({ width: 64, height: 48, pages: 1 });
    const { data, info } = await sharp(preview).raw().toBuffer({ resolveWithObject: true });
    const strongest = (x: number, y: number) => {
      const at = (y * info.width + x) * info.channels;
      const [r, g, b] = [...data.subarray(at, at + 3)] as [number, number, number];
      return r > 150 && g < 60 && b < 60 ? 'red' : g > 150 && r < 60 ? 'green' : b > 150 ? 'blue' : 'other';
    };
    expect([strongest(30, 4), strongest(10, 30), strongest(50, 30)]).toEqual(['green', 'red', 'blue']);
  });

  test.each([
    ['as it was taken', {}, [8064, 6048]],
    ['held upright', { turns: 3 }, [6048, 8064]],
    ['cropped', { crop: [7000, 5600] as [number, number] }, [7000, 5600]],
  ])('a HEIC photograph of 48 megapixels, %s, needs the memory of its tiles', async (_how, options, size) => {
    const content = gridHeic({ width: 8064, height: 6048, tile: 512, ...options });
    // Of its pixels alone there are 145 MB, and as many again while they change hands.
    const small = new DecoderPool({ size: 1, maxResidentBytes: 300 * 1024 * 1024 });
    const path = join(folder, String(count++));
    writeFileSync(path, content);
    const made = await small.use((decoder) => decoder.render({ path, mime: 'image/heic' }));
    small.close();
    expect([made.width, made.height]).toEqual(size);
  });

  test('a PDF shows its first page and how many there are', async () => {
    const { preview, thumbnail, ...facts } = await render(samplePdf({ pages: 12 }), 'application/pdf');
    expect(facts).toEqual({ width: 595, height: 842, pages: 12, note: null });
    expect(await sizeOf(preview)).toMatchObject({ width: 1131, height: 1600 });
    expect(await sizeOf(thumbnail)).toMatchObject({ height: 320 });
    const { channels } = await sharp(preview).stats();
    expect(channels[0]?.min).toBeLessThan(100);
    expect(channels[0]?.mean).toBeGreaterThan(240);
  });

  test('a JPEG without its last bytes has all its rows, a PDF may stand behind blanks', async () => {
    const content = sampleJpeg({ width: 1600, height: 1200 });
    for (const missing of [1, 2, 8])
      expect(await render(content.slice(0, -missing), 'image/jpeg')).toMatchObject({ width: 1600 });
    expect(await outcome(content.slice(0, Math.round(content.length * 0.8)), 'image/jpeg')).toBe('broken');
    const behind = bytes([0xef, 0xbb, 0xbf], '\r\n   \n', samplePdf({ pages: 2 }));
    expect(sniffFileKind(behind)).toBe('application/pdf');
    expect(await render(behind, 'application/pdf')).toMatchObject({ pages: 2, note: null });
  });

  test('a JPEG that lacks rows is broken although its end mark is there', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const;
    const picture = sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#888', noise } });
    for (const progressive of [false, true]) {
      const content = await picture.jpeg({ progressive }).toBuffer();
      // The second half of the progressive one is hardly seen.
      const half = content.subarray(0, content.length >> (progressive ? 3 : 1));
      const end = [0xff, 0xd9];
      expect(await outcome(bytes(half, end), 'image/jpeg')).toBe('broken');
      // What is not of the picture may be as it likes.
      expect(await outcome(bytes(content.subarray(0, -2), [0, 0, 0], end), 'image/jpeg')).toBe('ready');
      expect(await outcome(bytes(content, new Uint8Array(5000)), 'image/jpeg')).toBe('ready');
    }
  });

  test('a progressive JPEG is shown without the end of its last scan, and not while it is a blur', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const;
    const picture = sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#888', noise } });
    const content = await picture.jpeg({ progressive: true }).toBuffer();
    const scans = [...content.keys()].filter((at) => content[at] === 0xff && content[at + 1] === 0xda);
    const [last = 0] = scans.slice(-1);
    for (const end of [content.length - 2, content.length - 100, (last + content.length) >> 1])
      expect(await render(content.subarray(0, end), 'image/jpeg')).toMatchObject({ width: 1600 });
    for (const scan of scans.slice(1, 5))
      expect(await outcome(content.subarray(0, scan), 'image/jpeg')).toBe('broken');
    // In another order, whose last scan is more than the last bit.
    const other = await picture.jpeg({ progressive: true, optimiseScans: true }).toBuffer();
    expect(await outcome(other.subarray(0, -2), 'image/jpeg')).toBe('ready');
  });

  test('many files at once are each answered with their own picture', async () => {
    const widths = Array.from({ length: 12 }, (_, n) => 100 + n * 8);
    const results = await Promise.all(
      widths.map((width) => render(sampleJpeg({ width, height: 40 }), 'image/jpeg')),
    );
    expect(results.map((result) => result.width)).toEqual(widths);
  });
});

/** How much of a picture is dark, in thousandths, and where: the box around it in fractions. */
async function ink(picture: Uint8Array) {
  const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true });
  const [xs, ys]: [number[], number[]] = [[], []];
  data.forEach((value, n) => {
    if (value > 128) return;
    xs.push((n % info.width) / info.width);
    ys.push(Math.floor(n / info.width) / info.height);
  });
  const span = (values: number[]) => values.reduce((most, value) => Math.max(most, value), 0);
  return { share: (xs.length * 1000) / data.length, right: span(xs), bottom: span(ys) };
}

describe('PDFs whose Chinese fonts are not in the file', () => {
  const statement = utf16('工商银行交易流水明细');
  test.each([
    ['SimSun as GBK', { hex: STATEMENT_GBK }],
    ['SimHei as Unicode', { font: 'SimHei', encoding: 'UniGB-UCS2-H', hex: statement }],
    ['STSong-Light', { font: 'STSong-Light', encoding: 'UniGB-UCS2-H', hex: statement }],
    ['宋体 as Windows names it', { font: '#CB#CE#CC#E5', encoding: 'GBK-EUC-H', hex: STATEMENT_GBK }],
    ['MingLiU', { font: 'MingLiU', encoding: 'UniCNS-UCS2-H', ordering: 'CNS1', hex: utf16('銀行交易明細') }],
    [
      'MS-Gothic',
      { font: 'MS-Gothic', encoding: 'UniJIS-UCS2-H', ordering: 'Japan1', hex: utf16('銀行取引明細カナ') },
    ],
    [
      'Batang in UniKS-UCS2-H',
      { font: 'Batang', encoding: 'UniKS-UCS2-H', ordering: 'Korea1', hex: utf16('은행거래내역김철수') },
    ],
    [
      'MingLiU with characters of Hong Kong',
      { font: 'MingLiU', encoding: 'UniCNS-UCS2-H', ordering: 'CNS1', hex: utf16('銀行嘅咁冇啲嗰') },
    ],
  ] as const)('%s is drawn', async (_what, text) => {
    const { preview, note } = await render(chinesePdf(text), 'application/pdf');
    expect(note).toBeNull();
    const { share, right, bottom } = await ink(preview);
    expect(share).toBeGreaterThan(1);
    expect(right).toBeGreaterThan(0.3);
    expect(bottom).toBeLessThan(0.15);
  });

  test('vertical text runs down the page', async () => {
    const text = { encoding: 'UniGB-UCS2-V', hex: statement };
    const { preview, note } = await render(chinesePdf(text), 'application/pdf');
    expect(note).toBeNull();
    const { share, right, bottom } = await ink(preview);
    expect(share).toBeGreaterThan(1);
    expect(right).toBeLessThan(0.2);
    expect(bottom).toBeGreaterThan(0.3);
  });

  test('the value of a form field is drawn', async () => {
    const { preview, note } = await render(chineseForm('李四'), 'application/pdf');
    expect(note).toBeNull();
    expect((await ink(preview)).share).toBeGreaterThan(0.2);
  });

  const rare = '李\u{2a700}';
  test('a page with characters that no font has says so, unless they are not to be painted', async () => {
    const text = { encoding: 'UniGB-UTF16-H', hex: utf16(rare) };
    expect((await render(chinesePdf(text), 'application/pdf')).note).toBe('missing-glyphs');
    expect((await render(chinesePdf({ ...text, renderMode: 3 }), 'application/pdf')).note).toBeNull();
  });

  test('a form field with characters that no font has says so', async () => {
    expect((await render(chineseForm(rare), 'application/pdf')).note).toBe('missing-glyphs');
    expect((await render(chineseForm('Li Si'), 'application/pdf')).note).toBeNull();
  });

  test.skipIf(process.platform !== 'linux')(
    'a decoder reads a font once, however many files need it',
    async () => {
      const one = new DecoderPool({ size: 1 });
      const path = join(folder, 'font-once');
      writeFileSync(path, chinesePdf({ encoding: 'UniGB-UCS2-H', hex: statement }));
      const render = () => one.use((decoder) => decoder.render({ path, mime: 'application/pdf' }));
      const read = () =>
        Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${one.processIds[0]}/io`, 'utf8'))?.[1]);
      await render();
      const before = read();
      for (let n = 0; n < 3; n++) await render();
      expect(read() - before).toBeLessThan(1_000_000);
      one.close();
    },
  );
});

describe('PDFs that do not show what is in them', () => {
  test('pictures that cannot be decoded fail the file, or are said of the page', async () => {
    expect(await outcome(unreadableScan(1), 'application/pdf')).toBe('blank');
    expect(await outcome(unreadableScan(3), 'application/pdf')).toBe('blank');
    expect(await render(unreadableScan(1, 1), 'application/pdf')).toMatchObject({ pages: 2, note: 'blank' });
  });

  test('an empty page is an empty page', async () => {
    const empty = samplePdf({ text: ' ' });
    expect((await render(empty, 'application/pdf')).note).toBeNull();
  });

  test('a form that only Adobe fills with pages is not shown as "Please wait"', async () => {
    expect(await outcome(dynamicForm(), 'application/pdf')).toBe('dynamic-form');
  });
});

describe('hostile files', () => {
  const stored = hostileFiles().filter((file) => 'failure' in file.outcome);
  test.each(stored.map((file) => [file.what, file] as const))(
    '%s',
    { timeout: 30_000 },
    async (_what, file) => {
      const mime = sniffFileKind(file.content);
      expect(mime).not.toBeNull();
      expect((file.outcome as { failure: readonly string[] }).failure).toContain(
        await outcome(file.content, mime as string),
      );
      expect(await outcome(sampleJpeg(), 'image/jpeg')).toBe('ready');
    },
  );

  test('SVG, GIF and TIFF do not decode even if they get this far', async () => {
    const gif = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
      .gif()
      .toBuffer();
    const tiff = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
      .tiff()
      .toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    for (const content of [gif, tiff, svg]) expect(await outcome(content, 'image/jpeg')).toBe('broken');
  });

  test('a decoder that needs too much memory is killed, and the next file is served', async () => {
    const small = new DecoderPool({ size: 1, maxResidentBytes: 170 * 1024 * 1024 });
    const render = async (name: string, content: Uint8Array) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return small.use((decoder) => decoder.render({ path, mime: 'image/png' }));
    };
    // Interlaced: it can only be decoded as a whole, which takes 143 MB.
    const large = await sharp({ create: { width: 6900, height: 6900, channels: 3, background: '#fff' } })
      .png({ progressive: true, compressionLevel: 1 })
      .toBuffer();
    await expect(render('large', large)).rejects.toMatchObject({ failure: 'memory' });
    await expect(render('small', sampleJpeg())).resolves.toMatchObject({ pages: 1 });
    small.close();
  });

  test('a decoder that a busy machine keeps waiting is given its time', async () => {
    const busy = new DecoderPool({ size: 1, maxWorkMs: 5_000 });
    const path = join(folder, 'patience');
    writeFileSync(path, sampleJpeg());
    await busy.use((decoder) => decoder.render({ path, mime: 'image/jpeg' }));
    const [decoder] = busy.processIds as [number];
    process.kill(decoder, 'SIGSTOP');
    const waiting = busy.use((decoder) => decoder.render({ path, mime: 'image/jpeg' }));
    await pause(5_500);
    process.kill(decoder, 'SIGCONT');
    await expect(waiting).resolves.toMatchObject({ pages: 1 });
    busy.close();
  });

  test('a decoder that works too long is stopped', async () => {
    // On a fast machine the file takes as much memory as a decoder may have before its time is over.
    const short = new DecoderPool({ size: 1, maxWorkMs: 500, maxResidentBytes: 4 * 1024 ** 3 });
    const path = join(folder, 'endless');
    const endless = hostileFiles().find((file) => file.filename === 'laughs.pdf') as { content: Uint8Array };
    writeFileSync(path, endless.content);
    await expect(
      short.use((decoder) => decoder.render({ path, mime: 'application/pdf' })),
    ).rejects.toMatchObject({ failure: 'timeout' });
    short.close();
  });

  test('a decoder that met something unforeseen is replaced, and the file is not tried again', async () => {
    const one = new DecoderPool({ size: 1 });
    const path = join(folder, 'unforeseen');
    writeFileSync(path, samplePdf());
    const [first] = one.processIds;
    const page = { path, mime: 'application/pdf', page: 1n as never };
    await expect(one.use((decoder) => decoder.renderPage(page))).rejects.toMatchObject({
      failure: 'crashed',
    });
    expect(one.processIds).not.toContain(first);
    await expect(one.use((decoder) => decoder.renderPage({ ...page, page: 1 }))).resolves.toBeTruthy();
    one.close();
  });

  test('a decoder that answered an error is replaced, and the file may be tried again', async () => {
    const one = new DecoderPool({ size: 1 });
    const [first] = one.processIds;
    const missing = { path: join(folder, 'missing'), mime: 'application/pdf' };
    await expect(one.use((decoder) => decoder.render(missing))).rejects.not.toBeInstanceOf(Unreadable);
    expect(one.processIds).not.toContain(first);
    one.close();
  });

  test('a decoder that is killed from outside is replaced', async () => {
    const [victim] = pool.processIds;
    process.kill(victim as number, 'SIGKILL');
    await vi.waitFor(() => expect(pool.processIds).not.toContain(victim));
    const results = await Promise.all(Array.from({ length: 4 }, () => outcome(sampleJpeg(), 'image/jpeg')));
    expect(results).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect(pool.processIds).toHaveLength(2);
  });

  test('a decoder sees nothing of the environment', async () => {
    const environment = readFileSync(`/proc/${pool.processIds[0]}/environ`, 'utf8');
    expect(environment).not.toContain('TEST_DATABASE_URL');
  });
});
