import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { connect } from '@qijian/db/client.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { derivativeKey, type FileStorage, originalKey } from './file-storage.ts';
import { openLocalFiles } from './local-files.ts';
import { pairFiles, WrongFiles } from './pairing.ts';
import { sweepFiles, TooManyOrphans, TRASH_DAYS } from './sweep.ts';

/** Every file counts as old enough. */
const ANY_AGE = Number.NEGATIVE_INFINITY;
const DAY = 24 * 60 * 60_000;

let first: TestDatabase;
let second: TestDatabase;
let db: ReturnType<typeof connect>;
let otherDb: ReturnType<typeof connect>;
beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  db = connect(first.url, { max: 2 });
  otherDb = connect(second.url, { max: 2 });
  // Test databases are copies of one; real ones are given their identity when they are made.
  await otherDb.sql`update installation set identity = ${uuidv7()}`;
});
afterAll(async () => {
  await Promise.all([db.close(), otherDb.close()]);
  await Promise.all([first.drop(), second.drop()]);
});

let root: string;
let files: FileStorage;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qijian-sweep-'));
  files = openLocalFiles(root);
});
afterEach(async () => {
  for (const { sql } of [db, otherDb]) await sql`truncate documents cascade`;
  rmSync(root, { recursive: true, force: true });
});

/** Stores a file as an upload does; its row is another matter. */
async function store(id = uuidv7()): Promise<string> {
  await files.receive(id, Readable.from([Buffer.from(id)]), { limit: 100 });
  await files.keep(id);
  return id;
}

async function addRow(id: string, { sql } = db): Promise<void> {
  const userId = uuidv7();
  const customerId = uuidv7();
  await sql`insert into users (id, username, display_name, role, password_hash)
    values (${userId}, ${userId}, 'Staff', 'staff', 'none')`;
  await sql`insert into customers (id, name, phone, search_terms, completeness, created_by)
    values (${customerId}, '李华', '13900001111', '{}',
      '{"required":5,"satisfied":0,"percent":0,"items":[],"missing":[]}', ${userId})`;
  await sql`insert into documents
    (id, customer_id, type, filename, mime, size, sha256, storage_key, uploaded_by, uploader_name, source)
    values (${id}, ${customerId}, 'other', 'a.png', 'image/png', 36, 'x', ${originalKey(id)}, ${userId}, 'Staff', 'desk')`;
}

const isThere = async (id: string) => (await files.size(originalKey(id))) !== null;

describe('files belong to one database', () => {
  test('a new installation marks its files, and only its own database may use them from then on', async () => {
    await pairFiles(db.db, files);
    await pairFiles(db.db, files);
    await expect(pairFiles(otherDb.db, files)).rejects.toThrow(/belong to installation/);
    await expect(sweepFiles(otherDb.db, files, ANY_AGE)).rejects.toBeInstanceOf(WrongFiles);
  });

  test('of two installations that begin in the same folder at once, one is refused', async () => {
    const outcomes = await Promise.allSettled([pairFiles(db.db, files), pairFiles(otherDb.db, files)]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(join(root, 'quarantine'))).toEqual([]);
  });

  test('an empty database beside the files of an older release is refused', async () => {
    await store();
    await expect(pairFiles(db.db, files)).rejects.toThrow('knows no document');
    expect(await files.readMark()).toBeNull();
  });

  test('files without a mark are taken over when the documents are really there', async () => {
    for (let n = 0; n < 4; n++) await addRow(await store());
    await pairFiles(db.db, files);
    await pairFiles(db.db, files);
  });

  test('a database restored before its files is refused until they are there', async () => {
    const ids = Array.from({ length: 4 }, () => uuidv7());
    for (const id of ids) await addRow(id);
    await store();
    await expect(pairFiles(db.db, files)).rejects.toThrow('Of 4 documents in the database only 0');
    for (const id of ids) await store(id);
    await pairFiles(db.db, files);
  });
});

describe('the sweep', () => {
  test('a worker on another database leaves every file alone', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, () => store()));
    for (const id of ids) await addRow(id);
    await pairFiles(db.db, files);
    await expect(sweepFiles(otherDb.db, files, ANY_AGE)).rejects.toBeInstanceOf(WrongFiles);
    for (const id of ids) expect(await isThere(id)).toBe(true);
  });

  test('a database without any document moves nothing', async () => {
    await pairFiles(db.db, files);
    const id = await store();
    await expect(sweepFiles(db.db, files, ANY_AGE)).rejects.toBeInstanceOf(TooManyOrphans);
    expect(await isThere(id)).toBe(true);
  });

  test('more than a few files without a document stop it before anything is moved', async () => {
    await pairFiles(db.db, files);
    await addRow(await store());
    const orphans = await Promise.all(Array.from({ length: 21 }, () => store()));
    await expect(sweepFiles(db.db, files, ANY_AGE)).rejects.toThrow('21 of 22 files');
    for (const id of orphans) expect(await isThere(id)).toBe(true);
  });

  test('what it takes comes back with its document, and goes for good after thirty days', async () => {
    await pairFiles(db.db, files);
    await addRow(await store());
    const missed = await store();
    await files.put(derivativeKey(missed, 'preview'), Buffer.from('preview'));
    const forgotten = await store();
    expect(await sweepFiles(db.db, files, ANY_AGE)).toMatchObject({ trashed: 3, restored: 0, removed: 0 });
    expect(await isThere(missed)).toBe(false);

    await addRow(missed);
    const aged = withTrashAged(files, TRASH_DAYS * DAY - 60_000);
    expect(await sweepFiles(db.db, aged, ANY_AGE)).toMatchObject({ trashed: 0, restored: 2, removed: 0 });
    expect(await isThere(missed)).toBe(true);
    expect(await files.size(derivativeKey(missed, 'preview'))).not.toBeNull();

    const old = withTrashAged(files, TRASH_DAYS * DAY + 60_000);
    expect(await sweepFiles(db.db, old, ANY_AGE)).toMatchObject({ trashed: 0, restored: 0, removed: 1 });
    expect(readdirSync(join(root, 'trash'), { recursive: true }).join()).not.toContain(forgotten);
  });

  test('a file counts its days in the trash from the move, however old it is', async () => {
    const id = await store();
    utimesSync(files.path(originalKey(id)), 1, 1);
    await files.toTrash(originalKey(id));
    for await (const { age } of files.listTrash()) expect(age).toBeLessThan(60_000);
  });
});

/** The same files, as they would be seen so much later. */
function withTrashAged(storage: FileStorage, later: number): FileStorage {
  return {
    ...storage,
    async *listTrash() {
      for await (const file of storage.listTrash()) yield { ...file, age: file.age + later };
    },
  };
}
