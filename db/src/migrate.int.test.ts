import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customerSearchTerms } from '@qijian/domain/rules/search-terms.ts';
import { migrateTo } from '@qijian/e2e/fixtures/older-schema.ts';
import { seedCustomers } from '@qijian/e2e/fixtures/seed-customers.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import postgres from 'postgres';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from './client.ts';
import { isMigrated, migrate } from './migrate.ts';
import { countCustomers } from './queries/customer-list.ts';
import { renewSearchTerms } from './queries/search-terms.ts';

/** The schema before names were cleaned and search terms got a version. */
const BEFORE = 14;

let template: TestDatabase;
let connection: ReturnType<typeof connect>;
let url: string;
beforeAll(async () => {
  template = await createTestDatabase();
  // A database that has nothing of today's schema, beside the one that has.
  url = `${template.url}_older`;
  await admin((sql) => sql.unsafe(`create database ${nameOf(url)}`));
  await migrateTo(url, BEFORE);
  connection = connect(url, { max: 2 });
});
afterAll(async () => {
  await connection.close();
  await admin((sql) => sql.unsafe(`drop database ${nameOf(url)} with (force)`));
  await template.drop();
});

const nameOf = (address: string) => new URL(address).pathname.slice(1);
async function admin(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(template.url, { max: 1, onnotice: () => {} });
  await work(sql);
  await sql.end();
}

type Table = Map<string, Record<string, unknown>>;
/** Every row of every table, by what it says in the columns that `like` knows, or in all of them. */
async function everything(like?: Map<string, Table>): Promise<Map<string, Table>> {
  const { sql } = connection;
  const names = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by tablename`;
  const tables = new Map<string, Table>();
  for (const { name } of names.filter(({ name }) => !like || like.has(name))) {
    const rows = await sql<{ row: Record<string, unknown> }[]>`select to_jsonb(t) as row from ${sql(name)} t`;
    const known = like?.get(name);
    const keyOf = (row: Record<string, unknown>) =>
      String(row.id ?? row.code ?? row.product ?? JSON.stringify(row));
    tables.set(
      name,
      new Map(
        rows.map(({ row }) => {
          const columns = Object.keys(known?.get(keyOf(row)) ?? row);
          return [keyOf(row), Object.fromEntries(columns.map((column) => [column, row[column]]))];
        }),
      ),
    );
  }
  return tables;
}

test('a database of an earlier release has everything it had, cleaned and found by the new rules', async () => {
  const { sql, db } = connection;
  await seedCustomers(url, 200);
  const people = {
    hidden: { id: uuidv7(), username: 'hidden', name: '\u200b\u3164\u2800' },
    disguised: { id: uuidv7(), username: 'disguised', name: '李\u200b四\u202e\n经理' },
    plain: { id: uuidv7(), username: 'plain', name: 'Zhang San' },
  };
  for (const { id, username, name } of Object.values(people))
    await sql`insert into users (id, username, display_name, role, password_hash) values (${id}, ${username}, ${name}, 'staff', 'x')`;
  const odd = [
    { id: uuidv7(), name: '王\u200b小\u200d明', phone: '13800001234', idNumber: '11010519491231002X' },
    { id: uuidv7(), name: '阿依古丽\u30fb买买提', phone: '+85291234567', idNumber: null },
    { id: uuidv7(), name: '𠮷野', phone: '13900005678', idNumber: null },
  ];
  for (const { id, name, phone, idNumber } of odd) {
    await sql`insert into customers (id, name, phone, id_number, search_terms, completeness, created_by)
      values (${id}, ${name}, ${phone}, ${idNumber}, '{old}', '{"required":5,"satisfied":0,"percent":0,"items":[],"missing":[]}', ${people.plain.id})`;
    await sql`insert into documents (id, customer_id, type, filename, mime, size, sha256, storage_key, uploaded_by, uploader_name, source)
      values (${uuidv7()}, ${id}, 'other', '流水.pdf', 'application/pdf', 9, 'x', 'x', ${people.plain.id}, '李\u200b四', 'desk')`;
  }
  const views = ['本周', '本周', ' 本周 ', '本周 2'].map((name, n) => ({ id: uuidv7(), name, at: n }));
  for (const { id, name, at } of views)
    await sql`insert into saved_views (id, user_id, name, query, created_at)
      values (${id}, ${people.plain.id}, ${name}, 'search=13800001234&status=pending', now() + ${at} * interval '1 second')`;
  await sql`insert into audit_log (actor_kind, actor_id, actor_name, action, entity_type, entity_id)
    values ('user', ${people.hidden.id}, '\u200b', 'customer.viewed', 'customer', ${(odd[0] as { id: string }).id})`;
  const before = await everything();

  await migrate(url);
  expect(await isMigrated(db)).toBe(true);
  const renewed = await renewSearchTerms(db);
  expect(renewed).toBeGreaterThanOrEqual(odd.length);
  expect(await renewSearchTerms(db)).toBe(0);

  const [unlike] = await sql`select count(*)::int as many from customers where revision <> version`;
  expect(unlike?.many).toBe(0);

  const after = await everything(before);
  const row = (table: string, id: string) => after.get(table)?.get(id);
  expect(row('users', people.hidden.id)?.display_name).toBe('hidden');
  expect(row('users', people.disguised.id)?.display_name).toBe('李四 经理');
  expect(views.map(({ id }) => row('saved_views', id)?.name)).toEqual([
    '本周',
    '本周 2',
    '本周 3',
    '本周 2 2',
  ]);
  expect(row('saved_views', (views[0] as { id: string }).id)?.query).toBe('status=pending');
  for (const { id, ...customer } of odd)
    expect(row('customers', id)?.search_terms).toEqual(
      customerSearchTerms({ ...customer, number: row('customers', id)?.number as number }),
    );
  for (const search of ['王小明', '小明', '13800001234', '11010519491231002x', '买买提', '𠮷'])
    expect((await countCustomers(db, [{ search }]))[0]?.count, search).toBeGreaterThanOrEqual(1);
  // What the migrations are to change; all else, in every table, is as it was.
  const changed: Record<string, string[]> = {
    users: ['display_name'],
    saved_views: ['name', 'query'],
    customers: ['search_terms', 'completeness_stale'],
  };
  for (const [table, rows] of before) {
    for (const [key, old] of rows) {
      const now = row(table, key);
      for (const column of changed[table] ?? []) {
        delete old[column];
        delete now?.[column];
      }
      expect(now, `${table} ${key}`).toEqual(old);
    }
  }
});

test('a migration of a large table may take longer than a request', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qijian-slow-migration-'));
  const entries = [{ idx: 0, version: '7', when: Date.now() * 2, tag: 'slow', breakpoints: true }];
  mkdirSync(join(folder, 'meta'));
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ dialect: 'postgresql', entries }));
  writeFileSync(
    join(folder, 'slow.sql'),
    `DO $$ BEGIN ASSERT current_setting('statement_timeout') = '0', 'it ends like a request'; END $$`,
  );
  await migrate(template.url, folder);
  rmSync(folder, { recursive: true });
});
