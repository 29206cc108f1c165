import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../testing/test-app.ts';

let world: TestApp;
beforeAll(async () => {
  world = await createTestApp();
});
afterAll(() => world?.close());

test('a change for which the database has no place left is answered as that, and reads go on', async () => {
  const staff = await world.loginAs('staff');
  await world.app.db.execute(sql`
    create function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$`);
  await world.app.db.execute(
    sql`create trigger full_disk before insert on customers execute function full_disk()`,
  );
  const payload = { name: '王小明', phone: '13800000021' };
  const answer = await staff.inject({ method: 'POST', url: '/api/customers', payload });
  expect([answer.statusCode, answer.json().type]).toEqual([507, 'storage-full']);
  expect((await staff.inject({ url: '/api/customers' })).statusCode).toBe(200);
});
