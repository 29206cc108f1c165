import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { stripsOf } from '@qijian/domain/rules/page-strips.ts';
import postgres from 'postgres';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greyOfRow, longScreenshot, ROW } from '../fixtures/long-pictures.ts';
import { pdfOf, samplePdf, samplePng, stream } from '../fixtures/sample-files.ts';
import { lookInto } from '../fixtures/test-redis.ts';
import { type Installation, openInstallation, type Server } from '../support/installation.ts';
import { stop } from '../support/processes.ts';

const PDF = 'application/pdf';

/** Server and worker are the real ones. */
describe('looking at the pages of a document', () => {
  let product: Installation;
  let server: Server;
  let worker: ChildProcess;
  let customerId: string;
  let bank: Document;

  beforeAll(async () => {
    product = await openInstallation();
    worker = product.openWorker();
    server = await product.openServer();
    customerId = (await server.createCustomer('百页', '13900000088')).id;
    bank = await ready(await upload('bank.pdf', samplePdf({ pages: 100, text: 'Line of the bank' })));
  }, 120_000);
  afterAll(() => product?.close(), 60_000);

  async function upload(name: string, content: Uint8Array<ArrayBuffer>): Promise<Document> {
    const answer = await server.upload(customerId, 'bank_statement', name, content);
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { documents: Document[] }).documents[0] as Document;
  }
  /** The document once it is ready or failed. */
  async function ready(document: Document): Promise<Document> {
    let now = document;
    for (
      const until = Date.now() + 30_000;
      now.state === 'processing' && Date.now() < until;
      await sleep(100)
    )
      now = await server.get(`/api/documents/${document.id}`);
    return now;
  }
  const page = (id: string, n: number) =>
    fetch(`${server.origin}/api/documents/${id}/preview?page=${n}`, { headers: { cookie: server.cookie } });
  /** Where the worker has put it. */
  function stored(name: string): string {
    const folder = join(product.dataDir, 'files');
    const path = readdirSync(folder, { recursive: true }).find((path) => String(path).endsWith(name));
    return join(folder, String(path));
  }
  const pixels = async (answer: Response) =>
    sharp(Buffer.from(await answer.arrayBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });

  it('a page of a PDF of a hundred is there when it is asked for, however far back', async () => {
    expect(bank).toMatchObject({ state: 'ready', pages: 100, mime: PDF });
    for (const n of [1, 2, 57, 100]) {
      const answer = await page(bank.id, n);
      expect([n, answer.status]).toEqual([n, 200]);
      expect(answer.headers.get('content-type')).toBe('image/webp');
      const { info } = await pixels(answer);
      expect(Math.max(info.width, info.height)).toBe(1600);
    }
  });

  it('a page has a small picture of its own, made when it is asked for', async () => {
    const thumbnail = (n: number) =>
      fetch(`${server.origin}/api/documents/${bank.id}/thumbnail?page=${n}`, {
        headers: { cookie: server.cookie },
      });
    const answer = await thumbnail(40);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const { info } = await pixels(answer);
    expect(Math.max(info.width, info.height)).toBe(320);
    expect((await thumbnail(101)).status).toBe(404);
  });

  it('there is no page behind the last, and none of a photograph but the first', async () => {
    expect((await page(bank.id, 101)).status).toBe(404);
    const photo = await ready(await upload('photo.png', samplePng()));
    expect((await page(photo.id, 1)).status).toBe(200);
    expect((await page(photo.id, 2)).status).toBe(404);
    expect((await page(bank.id, 0)).status).toBe(422);
  });

  it('the words of a page are where they stand', async () => {
    const { words } = await server.get(`/api/documents/${bank.id}/pages/3/text`);
    expect(words.map((word: { text: string }) => word.text).join(' ')).toBe('Line of the bank');
    expect(words[0].x).toBeCloseTo(60 / 595, 1);
    expect(words[0].y).toBeCloseTo(90 / 842, 1);
  });

  it('a page that lies on its side has its words where they are seen', async () => {
    const content = 'BT /F1 24 Tf 60 700 Td (sideways) Tj ET';
    const turned = pdfOf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [5 0 R] /Count 1 /MediaBox [0 0 595 842] >>',
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
      stream(content),
      '<< /Type /Page /Parent 2 0 R /Rotate 90 /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>',
    ]);
    const document = await ready(await upload('turned.pdf', turned));
    const { words } = await server.get(`/api/documents/${document.id}/pages/1/text`);
    expect(words).toHaveLength(1);
    // Turned clockwise, what stood near the upper left stands near the upper right.
    expect(words[0].text).toBe('sideways');
    expect(words[0].x).toBeGreaterThan(0.7);
    expect(words[0].y).toBeLessThan(0.2);
  });

  it('every picture carries the name of whoever looks all over it; the stored one does not', async () => {
    const seen = await pixels(await page(bank.id, 2));
    const kept = await sharp(stored(`${bank.id}.page-2.webp`))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = seen.info;
    // Below its only line the sheet is blank: what is not white there is the mark.
    const isMarked = ({ data, info }: typeof seen, left: number, top: number) => {
      for (let y = top; y < top + height / 5; y++)
        for (let x = left; x < left + width / 3; x++)
          if ((data[(y * width + x) * info.channels] as number) < 235) return true;
      return false;
    };
    for (const left of [0, Math.floor(width * 0.33), Math.floor(width * 0.66)])
      for (const top of [0.2, 0.4, 0.6, 0.8].map((part) => Math.floor(height * part))) {
        expect([left, top, isMarked(seen, left, top)]).toEqual([left, top, true]);
        expect([left, top, isMarked(kept, left, top)]).toEqual([left, top, false]);
      }
  });

  it('each look is on record with its page', async () => {
    const sql = postgres(product.databaseUrl, { max: 1 });
    const before =
      await sql`select detail from audit_log where action = 'document.viewed' and entity_id = ${bank.id}`;
    await page(bank.id, 77);
    await page(bank.id, 999);
    const rows = await sql`
      select detail from audit_log where action = 'document.viewed' and entity_id = ${bank.id} order by id`;
    await sql.end();
    expect(rows).toHaveLength(before.length + 1);
    expect(rows.at(-1)?.detail).toMatchObject({ page: 77 });
  });

  const strip = (id: string, n: number, page = 1) =>
    fetch(`${server.origin}/api/documents/${id}/preview?page=${page}&strip=${n}`, {
      headers: { cookie: server.cookie },
    });
  const thumbnail = async (id: string, n = 1) =>
    pixels(
      await fetch(`${server.origin}/api/documents/${id}/thumbnail?page=${n}`, {
        headers: { cookie: server.cookie },
      }),
    );

  it('a screenshot of 1080 × 20000 is read strip by strip in its own pixels, from head to end', async () => {
    const png = await longScreenshot();
    const jpeg = new Uint8Array(await sharp(png).jpeg({ quality: 80 }).toBuffer());
    for (const [name, content] of [
      ['long.png', png],
      ['long.jpg', jpeg],
    ] as const) {
      const document = await ready(await upload(name, content));
      expect(document).toMatchObject({ state: 'ready', width: 1080, height: 20_000 });
      const { count } = stripsOf({ width: 1080, height: 20_000 }, false) as { count: number };
      let top = 0;
      for (let n = 1; n <= count; n++) {
        const answer = await strip(document.id, n);
        expect([name, n, answer.status]).toEqual([name, n, 200]);
        const { data, info } = await pixels(answer);
        expect(info.width).toBe(1080);
        expect(info.height).toBeLessThanOrEqual(2000);
        // The strip is from where it belongs: the grey at its left edge, the name of the viewer over it.
        for (const y of [50, info.height - 50]) {
          const row = data.subarray(y * info.width * info.channels, (y * info.width + 100) * info.channels);
          const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
          expect(Math.abs(mean - greyOfRow(Math.floor((top + y) / ROW)))).toBeLessThan(20);
        }
        top += info.height;
      }
      expect(top).toBe(20_000);
      expect((await strip(document.id, count + 1)).status).toBe(404);
      // Its small picture is its head, not a hair.
      const { info } = await thumbnail(document.id);
      expect([info.width, info.height]).toEqual([240, 320]);
    }
  });

  it.each([12_000, 16_000])(
    'a PDF of one page of 390 × %i points is read in strips, words and all',
    async (height) => {
      const document = await ready(
        await upload(`one-${height}.pdf`, samplePdf({ mediaBox: [390, height], text: 'Head of the list' })),
      );
      expect(document).toMatchObject({ state: 'ready', pages: 1, width: 390, height });
      const whole = await pixels(await page(document.id, 1));
      const { count } = stripsOf(whole.info, true) as { count: number };
      expect(count).toBeGreaterThan(15);
      const head = await pixels(await strip(document.id, 1));
      expect(head.info.width).toBe(1200);
      expect(head.info.height).toBeLessThanOrEqual(2000);
      // The only line stands 90 points below the edge.
      const scale = 1200 / 390;
      const inked = (from: number, to: number) => {
        const { channels, width } = head.info;
        const rows = head.data.subarray(from * scale * width * channels, to * scale * width * channels);
        return rows.some((value) => value < 60);
      };
      expect([inked(10, 60), inked(66, 96), inked(120, 400)]).toEqual([false, true, false]);
      expect((await strip(document.id, count)).status).toBe(200);
      expect((await strip(document.id, count + 1)).status).toBe(404);
      const { info } = await thumbnail(document.id);
      expect([info.width, info.height]).toEqual([240, 320]);
    },
  );

  it('a later page that is long has strips and a small picture too', async () => {
    const document = await ready(
      await upload('two.pdf', samplePdf({ pages: 2, mediaBox: [390, 6000], text: 'second' })),
    );
    expect((await strip(document.id, 1, 2)).status).toBe(200);
    const { info } = await thumbnail(document.id, 2);
    expect(info.width).toBeGreaterThan(190);
  });

  it('a look at a strip is on record, and there are none of what is shown whole', async () => {
    const photo = await ready(await upload('small.png', samplePng()));
    expect((await strip(photo.id, 1)).status).toBe(404);
    expect((await strip(bank.id, 1)).status).toBe(404);
    const large = await ready(
      await upload(
        'large.jpg',
        new Uint8Array(
          await sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#8a9aa6' } })
            .jpeg()
            .toBuffer(),
        ),
      ),
    );
    // The last one: nothing is made ready behind it.
    expect((await pixels(await strip(large.id, 6))).info).toMatchObject({ height: 3000 });
    const sql = postgres(product.databaseUrl, { max: 1 });
    const rows = await sql`
      select detail from audit_log where action = 'document.viewed' and entity_id = ${large.id}`;
    await sql.end();
    expect(rows.map(({ detail }) => detail)).toEqual([{ page: 1, strip: 6 }]);
  });

  it('a page whose job Redis has lost is asked for again by the next who looks', async () => {
    const redis = lookInto(product.env.REDIS_URL);
    const sql = postgres(product.databaseUrl, { max: 1 });
    const stateOf88 = async () =>
      (await sql`select state from document_pages where document_id = ${bank.id} and page = 88`)[0]?.state;
    try {
      await stop(worker);
      const waiting = page(bank.id, 88);
      await expect.poll(() => redis.waiting('documents')).toBe(1);
      await redis.empty();
      worker = product.openWorker();
      const answer = await waiting;
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      const seconds = Number(answer.headers.get('retry-after'));
      expect(await answer.json()).toMatchObject({ type: 'page-not-ready', retryAfter: seconds });
      expect(await stateOf88()).toBe('processing');
      await sleep(seconds * 1000);
      expect((await page(bank.id, 88)).status).toBe(200);
      expect(await stateOf88()).toBe('ready');
    } finally {
      redis.close();
      await sql.end();
    }
  }, 60_000);
});
