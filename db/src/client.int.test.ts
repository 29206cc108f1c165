import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { eq, sql, TransactionRollbackError } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtOnce, connect } from './client.ts';
import { installation } from './schema/events.ts';

let database: TestDatabase;
let connection: ReturnType<typeof connect>;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url);
});
afterAll(async () => {
  await connection?.close();
  await database?.drop();
});

it('carries arrays of texts, uuids and numbers there and back unchanged', async () => {
  const odd = ['a', 'b,c', '"q"', 'x\\y', '\\"', '', 'NULL', '张', "o'k", '{}', 'two\nlines', ' '];
  const id = '0190f3c4-1111-7abc-8def-000000000001';
  const rows = await connection.sql`
    select ${odd}::text[] as texts, ${[] as string[]}::text[] as none, ${[1, 2]}::int[] as numbers, ${[id]}::uuid[] as ids`;
  expect(rows[0]).toEqual({ texts: odd, none: [], numbers: [1, 2], ids: [id] });
  expect((await connection.db.execute(sql`select ${sql.param(odd)}::text[] as texts`))[0]).toEqual({
    texts: odd,
  });
  expect(await connection.sql`select 1 as one where ${'b,c'} = any(${odd})`).toHaveLength(1);
});

it('survives connections that are cut while they open and while they work', async () => {
  const admin = connect(database.url, { max: 1, applicationName: 'cutter' });
  const closing: Promise<void>[] = [];
  for (let round = 0; round < 8; round += 1) {
    const pool = connect(database.url);
    const queries = Array.from({ length: 10 }, () => pool.sql`select pg_sleep(0.002)`.catch(() => {}));
    for (let cut = 0; cut < 20; cut += 1) {
      await admin.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'cutter'`;
    }
    await Promise.all(queries);
    closing.push(pool.close());
  }
  expect(await connection.sql`select 1 as one`).toEqual([{ one: 1 }]);
  await Promise.all([...closing, admin.close()]);
});

it('a statement that is built once runs where it is asked to: in a transaction, beside it and on another pool', async () => {
  let built = 0;
  const versionOf = builtOnce((db) => {
    built += 1;
    const { id, searchTermsVersion: version } = installation;
    return db
      .select({ version })
      .from(installation)
      .where(eq(id, sql.placeholder('id')))
      .prepare('version_of');
  });
  const other = connect(database.url, { max: 1 });
  const { db } = connection;
  await db
    .transaction(async (tx) => {
      await tx.update(installation).set({ searchTermsVersion: 77 });
      expect(await versionOf(tx, { id: 1 })).toEqual([{ version: 77 }]);
      await tx.transaction(async (inner) =>
        expect(await versionOf(inner, { id: 1 })).toEqual([{ version: 77 }]),
      );
      expect(await versionOf(db, { id: 1 })).toEqual([{ version: 0 }]);
      expect(await versionOf(other.db, { id: 1 })).toEqual([{ version: 0 }]);
      tx.rollback();
    })
    .catch((error) => {
      if (!(error instanceof TransactionRollbackError)) throw error;
    });
  expect(await versionOf(db, { id: 1 })).toEqual([{ version: 0 }]);
  expect(built).toBe(1);
  await other.close();
});
