import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { Upload } from '@tus/server';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, expect, test } from 'vitest';
import { type Checksum, UploadStore } from './upload-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'qijian-upload-store-'));
const directory = join(folder, 'uploads');
mkdirSync(directory);
let checksum: Checksum | null = null;
let progress = () => {};
const store = new UploadStore({
  directory,
  expiresAfter: 3_600_000,
  storage: openLocalFiles(join(folder, 'files')),
  context: () => ({ checksum, onProgress: () => progress() }),
});
afterAll(() => rmSync(folder, { recursive: true }));

async function begun(content: Buffer): Promise<string> {
  const id = uuidv7();
  checksum = { algorithm: 'sha256', digest: createHash('sha256').update(content).digest() };
  await store.create(new Upload({ id, size: content.length, offset: 0, metadata: { filename: 'a.jpg' } }));
  return id;
}

test('who asks how far an upload has come, beside the one who sends it with a checksum, costs it no byte', async () => {
  const content = randomBytes(300_000);
  const id = await begun(content);
  const body = new PassThrough();
  const arrived = new Promise<void>((resolve) => {
    progress = resolve;
  });
  const written = store.write(body, id, 0);
  body.write(content.subarray(0, 200_000));
  await arrived;
  // What is not checked yet is not promised.
  expect((await store.getUpload(id)).offset).toBe(0);
  body.end(content.subarray(200_000));
  expect(await written).toBe(300_000);
  expect((await store.getUpload(id)).offset).toBe(300_000);
  expect(readFileSync(store.path(id)).equals(content)).toBe(true);
});

test('what a process that died had not checked is sent again, and cut off only then', async () => {
  const content = randomBytes(50_000);
  const id = await begun(content);
  writeFileSync(store.path(id), Buffer.concat([content.subarray(0, 20_000), randomBytes(10_000)]));
  writeFileSync(`${store.path(id)}.unchecked`, '20000');
  expect((await store.getUpload(id)).offset).toBe(20_000);
  expect(statSync(store.path(id)).size).toBe(30_000);
  checksum = null;
  expect(await store.write(Readable.from([content.subarray(20_000, 25_000)]), id, 20_000)).toBe(25_000);
  expect((await store.getUpload(id)).offset).toBe(25_000);
  expect(readFileSync(store.path(id)).equals(content.subarray(0, 25_000))).toBe(true);
});
