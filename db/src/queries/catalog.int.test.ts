import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../client.ts';
import { insertDocumentType, readCatalog } from './catalog.ts';

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 3 });
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

const type = (code: string) => ({
  code,
  name: { zh: code, en: code },
  required: true,
  order: 1,
  minPages: 1,
  maxAgeDays: null,
  instructions: { zh: '', en: '' },
  active: true,
  waivable: true,
});
const codes = async (db = connection.db as Parameters<typeof readCatalog>[0]) =>
  (await readCatalog(db)).types.map(({ code }) => code);

describe('the catalog in memory', () => {
  test('is read once, and anew after a change by whomever', async () => {
    const first = await readCatalog(connection.db);
    expect(await readCatalog(connection.db)).toBe(first);
    await connection.db.transaction((tx) => insertDocumentType(tx, type('a')));
    expect(await codes()).toEqual(['a']);
    // By hand, as an administrator of the database would.
    await connection.sql`update document_types set min_pages = 7 where code = 'a'`;
    expect((await readCatalog(connection.db)).types[0]?.minPages).toBe(7);
    await connection.sql`insert into checklists (product, name_zh, name_en, items) values ('p', 'p', 'p', '[]')`;
    expect([...(await readCatalog(connection.db)).checklists.keys()]).toEqual(['p']);
  });

  test('never shows to others what a transaction has not committed, nor what it took back', async () => {
    const before = await codes();
    await expect(
      connection.db.transaction(async (tx) => {
        await insertDocumentType(tx, type('z'));
        expect(await codes(tx)).toContain('z');
        expect(await codes()).toEqual(before);
        throw new Error('taken back');
      }),
    ).rejects.toThrow('taken back');
    expect(await codes()).toEqual(before);
    await connection.db.transaction((tx) => insertDocumentType(tx, type('y')));
    expect(await codes()).toEqual([...before, 'y']);
  });
});
