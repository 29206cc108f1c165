import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from './client.ts';

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
