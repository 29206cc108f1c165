import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookInto } from '@qijian/db/testing/test-redis.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { pdfOf, samplePdf, samplePng, stream } from '@qijian/domain/testing/sample-files.ts';
import postgres from 'postgres';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
