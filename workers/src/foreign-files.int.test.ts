import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { derivativeKey, originalKey } from '@qijian/core/files/file-storage.ts';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { pairFiles } from '@qijian/core/files/pairing.ts';
import { connect } from '@qijian/db/client.ts';
import { forkProgram } from '@qijian/e2e/fixtures/own-process.ts';
import { removeDataDir } from '@qijian/e2e/fixtures/services.ts';
import { createTestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { purge } from './purge.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let connection: ReturnType<typeof connect>;
const dataDir = mkdtempSync(join(tmpdir(), 'qijian-foreign-'));
const files = openLocalFiles(join(dataDir, 'files'));
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 2 });
});
afterAll(async () => {
  await connection.close();
  await database.drop();
  removeDataDir(dataDir);
});

async function store(): Promise<string> {
  const id = uuidv7();
  await files.receive(id, Readable.from([Buffer.from('a file')]), { limit: 100 });
  await files.keep(id);
  return id;
}

test('a worker that is pointed at another database says so and ends', async () => {
  await pairFiles(connection.db, files);
  await connection.sql`update installation set identity = gen_random_uuid()`;
  const id = await store();
  const worker = forkProgram(
    new URL('./main.ts', import.meta.url),
    { DATABASE_URL: database.url, REDIS_URL: process.env.TEST_REDIS_URL, DATA_DIR: dataDir },
    { silent: true },
  );
  onTestFinished(() => {
    worker.kill('SIGKILL');
  });
  let said = '';
  worker.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(worker, 'exit');
  expect(code).toBe(1);
  expect(said).toContain('Let DATABASE_URL and DATA_DIR name the same installation');
  expect(await files.size(originalKey(id))).not.toBeNull();
});

test('a customer deleted a month ago goes with every file, one restored meanwhile stays', async () => {
  const { sql, db } = connection;
  const userId = uuidv7();
  await sql`insert into users (id, username, display_name, role, password_hash)
    values (${userId}, 'staff', 'Staff', 'staff', 'none')`;
  const add = async (deletedDaysAgo: number | null) => {
    const id = uuidv7();
    const documentId = await store();
    await files.put(derivativeKey(documentId, 'page-2'), Buffer.from('page'));
    await sql`insert into customers (id, name, phone, search_terms, completeness, created_by, deleted_at)
      values (${id}, '李华', '13900001111', '{}',
        '{"required":5,"satisfied":0,"percent":0,"items":[],"missing":[]}', ${userId},
        now() - make_interval(days => ${deletedDaysAgo}))`;
    await sql`insert into documents
      (id, customer_id, type, filename, mime, size, sha256, storage_key, uploaded_by, uploader_name, source)
      values (${documentId}, ${id}, 'other', 'a.png', 'image/png', 6, 'x', ${originalKey(documentId)}, ${userId}, 'Staff', 'desk')`;
    return { id, documentId };
  };
  const gone = await add(31);
  const restored = await add(null);
  for (const { id } of [gone, restored]) await purge({ db, files }, id);
  expect(await files.size(originalKey(gone.documentId))).toBeNull();
  expect(await files.size(derivativeKey(gone.documentId, 'page-2'))).toBeNull();
  expect(await files.size(originalKey(restored.documentId))).not.toBeNull();
  expect(await sql`select id from customers`).toEqual([{ id: restored.id }]);
});
