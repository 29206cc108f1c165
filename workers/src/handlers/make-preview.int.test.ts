import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { derivativeKey, type FileStorage } from '@qijian/core/files/file-storage.ts';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { connect } from '@qijian/db/client.ts';
import { readPage } from '@qijian/db/queries/document-pages.ts';
import { readUnfinishedPreviews } from '@qijian/db/queries/document-previews.ts';
import { readDocument } from '@qijian/db/queries/documents.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documentPages, documents } from '@qijian/db/schema/documents.ts';
import { users } from '@qijian/db/schema/users.ts';
import { customerStream } from '@qijian/domain/contract/live-events.ts';
import { chinesePdf, dynamicForm, utf16 } from '@qijian/e2e/fixtures/chinese-pdfs.ts';
import { hostileFiles } from '@qijian/e2e/fixtures/hostile-files.ts';
import { sampleJpeg, samplePdf } from '@qijian/e2e/fixtures/sample-files.ts';
import { removeDataDir } from '@qijian/e2e/fixtures/services.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DecoderPool } from '../images/decoder-pool.ts';
import { makePreview, type PreviewParts } from './make-preview.ts';
import { renderPage } from './render-page.ts';

let database: TestDatabase;
let folder: string;
let connection: ReturnType<typeof connect>;
let files: FileStorage;
let parts: PreviewParts;
let customerId: string;
const userId = uuidv7();
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 10 });
  folder = mkdtempSync(join(tmpdir(), 'qijian-previews-'));
  files = openLocalFiles(folder);
  parts = { db: connection.db, files, decoders: new DecoderPool({ size: 2 }) };
  await connection.db.insert(users).values({
    id: userId,
    username: 'staff',
    displayName: 'Staff',
    role: 'staff',
    passwordHash: 'none',
  });
});
afterAll(async () => {
  parts.decoders.close();
  await connection.close();
  await database.drop();
  removeDataDir(folder);
});

/** A document of a new customer, as an upload leaves it. */
async function upload(content: Uint8Array, mime: string): Promise<string> {
  customerId = uuidv7();
  await connection.db.insert(customers).values({
    id: customerId,
    name: '李华',
    phone: '13900001111',
    searchTerms: [],
    completeness: { required: 5, satisfied: 0, percent: 0, items: [], missing: [] } as never,
    // There are no document types here, so that nothing is missing.
    status: 'complete',
    createdBy: userId,
  });
  const id = uuidv7();
  await files.receive(id, Readable.from([Buffer.from(content)]), { limit: 30_000_000 });
  await connection.db.insert(documents).values({
    id,
    customerId,
    type: 'other',
    filename: 'a',
    mime,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    storageKey: await files.keep(id),
    uploadedBy: userId,
    uploaderName: 'Staff',
    source: 'desk',
  });
  return id;
}
const read = async (id: string) => (await readDocument(connection.db, id))?.row;
const events = async () => {
  await sequenceBatch(connection.db);
  const rows = await connection.sql<{ type: string; actor: { kind: string } }[]>`
    select type, actor from stream_event where stream = ${customerStream(customerId)} order by seq`;
  return rows.map((row) => `${row.type} by ${row.actor.kind}`);
};

describe('making a preview', () => {
  test('a picture becomes ready, with its size, both derivatives and one event', async () => {
    const id = await upload(sampleJpeg({ width: 2000, height: 1000, orientation: 6 }), 'image/jpeg');
    expect(await makePreview(parts, { documentId: id }, 'quick')).toBe('done');
    expect(await read(id)).toMatchObject({ state: 'ready', pages: 1, width: 1000, height: 2000, version: 2 });
    expect(await files.size(derivativeKey(id, 'preview'))).toBeGreaterThan(50);
    expect(await files.size(derivativeKey(id, 'thumbnail'))).toBeGreaterThan(50);
    expect(await events()).toEqual(['document.ready by system']);
    const [customer] = await connection.sql`
      select version, revision, updated_at = created_at as is_untouched
      from customers where id = ${customerId}`;
    // Nobody did anything: what somebody decides is still decided on what they saw, and the list keeps its order.
    expect(customer).toEqual({ version: 1, revision: 2, is_untouched: true });
    const audit = await connection.sql`select action from audit_log where customer_id = ${customerId}`;
    expect(audit.map((row) => row.action)).toEqual(['document.ready']);
  });

  test('a PDF knows its pages', async () => {
    const id = await upload(samplePdf({ pages: 6 }), 'application/pdf');
    await makePreview(parts, { documentId: id }, 'quick');
    expect(await read(id)).toMatchObject({ state: 'ready', pages: 6, width: 595, height: 842 });
  });

  test('a broken file fails with the reason, once', async () => {
    const id = await upload(sampleJpeg().slice(0, 40), 'image/jpeg');
    await makePreview(parts, { documentId: id }, 'quick');
    expect(await makePreview(parts, { documentId: id }, 'quick')).toBe('nothing');
    expect(await read(id)).toMatchObject({ state: 'failed', failure: 'broken', pages: null });
    expect(await events()).toEqual(['document.failed by system']);
  });

  test('a page with characters that no font has is ready and says so; a form without pages is not', async () => {
    const rare = chinesePdf({ encoding: 'UniGB-UTF16-H', hex: utf16('李\u{2a700}') });
    const id = await upload(rare, 'application/pdf');
    await makePreview(parts, { documentId: id }, 'quick');
    expect(await read(id)).toMatchObject({ state: 'ready', note: 'missing-glyphs' });
    await connection.db.insert(documentPages).values({ documentId: id, page: 1 });
    await renderPage(parts, { documentId: id, page: 1 }, 'quick');
    expect(await readPage(connection.db, { documentId: id, page: 1 })).toMatchObject({
      state: 'ready',
      note: 'missing-glyphs',
    });
    const form = await upload(dynamicForm(), 'application/pdf');
    await makePreview(parts, { documentId: form }, 'quick');
    expect(await read(form)).toMatchObject({ state: 'failed', failure: 'dynamic-form' });
  });

  test('a hundred jobs for one document make one preview', async () => {
    const id = await upload(sampleJpeg({ width: 800, height: 600 }), 'image/jpeg');
    const results = await Promise.all(
      Array.from({ length: 100 }, () => makePreview(parts, { documentId: id }, 'quick')),
    );
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(await events()).toEqual(['document.ready by system']);
    expect((await read(id))?.version).toBe(2);
  });

  test('a file that takes long leaves the quick lane to others, and has its full time in the slow one', {
    timeout: 120_000,
  }, async () => {
    const endless = hostileFiles().find((file) => file.filename === 'laughs.pdf') as { content: Uint8Array };
    const id = await upload(endless.content, 'application/pdf');
    const decoders = new DecoderPool({ size: 1, maxWorkMs: 3_000, maxResidentBytes: 4 * 1024 ** 3 });
    expect(await makePreview({ ...parts, decoders }, { documentId: id }, 'quick')).toBe('heavy');
    expect(await read(id)).toMatchObject({ state: 'processing', heavy: true, attemptedAt: null });
    expect(await makePreview({ ...parts, decoders }, { documentId: id }, 'slow')).toBe('done');
    expect(await read(id)).toMatchObject({ state: 'failed', failure: 'timeout' });
    decoders.close();
  });

  test('a document that a dead worker had claimed is made later', async () => {
    const id = await upload(sampleJpeg(), 'image/jpeg');
    const claim = (secondsAgo: number) => connection.sql`
      update documents set attempted_at = now() - make_interval(secs => ${secondsAgo}) where id = ${id}`;
    await claim(1);
    expect(await makePreview(parts, { documentId: id }, 'quick')).toBe('nothing');
    expect(
      (await readUnfinishedPreviews(connection.db, 15, 1000)).map((waiting) => waiting.id),
    ).not.toContain(id);
    await claim(60);
    expect((await readUnfinishedPreviews(connection.db, 15, 1000)).map((waiting) => waiting.id)).toContain(
      id,
    );
    expect(await makePreview(parts, { documentId: id }, 'quick')).toBe('done');
  });

  test('a failure that is not the file’s leaves it unclaimed for the next attempt', async () => {
    const id = await upload(sampleJpeg(), 'image/jpeg');
    const full: FileStorage = { ...files, put: () => Promise.reject(new Error('disk full')) };
    await expect(makePreview({ ...parts, files: full }, { documentId: id }, 'quick')).rejects.toThrow(
      'disk full',
    );
    expect(await read(id)).toMatchObject({ state: 'processing', attemptedAt: null });
    expect(await makePreview(parts, { documentId: id }, 'quick')).toBe('done');
  });

  test('a document that is deleted meanwhile changes nothing', async () => {
    const id = await upload(sampleJpeg(), 'image/jpeg');
    await connection.sql`update documents set deleted_at = now() where id = ${id}`;
    expect(await makePreview(parts, { documentId: id }, 'quick')).toBe('nothing');
    expect(await events()).toEqual([]);
  });
});
