import { connectExplaining } from '@qijian/e2e/fixtures/plans.ts';
import { seedCustomers } from '@qijian/e2e/fixtures/seed-customers.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countCustomers, listCustomers } from './customer-list.ts';
import { readSameNumber } from './customers.ts';

const MANY = Number(process.env.MANY_CUSTOMERS ?? 20_000);
/** After five runs Postgres may keep a plan that is made for all values. */
const RUNS = 8;

let database: TestDatabase;
let connection: Awaited<ReturnType<typeof connectExplaining>>;
let known: { id: string; phone: string; idNumber: string }[];
beforeAll(async () => {
  database = await createTestDatabase();
  await seedCustomers(database.url, MANY);
  connection = await connectExplaining(database.url);
  await connection.sql`analyze customers`;
  known = await connection.sql<typeof known>`
    select id, phone, id_number as "idNumber" from customers where id_number is not null limit ${RUNS}`;
}, 300_000);
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** Each run finds somebody by the index of terms, and looks at hardly anybody else. */
async function findsByTerms(find: (one: (typeof known)[number]) => Promise<unknown>): Promise<void> {
  const plans = await connection.plansOf('customers', async () => {
    for (const one of known) await find(one);
  });
  expect(plans.length).toBeGreaterThanOrEqual(RUNS);
  for (const { text, steps } of plans) {
    const read = steps.filter(({ table, rows }) => table === 'customers' && rows > 0);
    expect(
      read.map(({ node }) => node),
      text,
    ).not.toContain('Seq Scan');
    expect(
      steps.map(({ index }) => index),
      text,
    ).toContain('customers_find');
    expect(
      read.reduce((sum, { rows }) => sum + rows, 0),
      text,
    ).toBeLessThan(50);
  }
}

test('who has the same phone or ID number is found by the index of terms', async () => {
  await findsByTerms(async ({ id, phone }) => {
    expect(await readSameNumber(connection.db, 'phone', phone, undefined)).toMatchObject([{ id }]);
  });
  await findsByTerms(async ({ id, idNumber }) => {
    expect(await readSameNumber(connection.db, 'idNumber', idNumber, undefined)).toMatchObject([{ id }]);
    expect(await readSameNumber(connection.db, 'idNumber', idNumber, id)).toEqual([]);
  });
});

test('a whole number that is searched for is found by the index of terms', async () => {
  const page = { sort: 'updatedAt', descending: true, offset: 0, size: 50 } as const;
  await findsByTerms(async ({ id, phone }) => {
    expect((await listCustomers(connection.db, { search: phone }, page)).items).toMatchObject([{ id }]);
  });
  await findsByTerms(async ({ idNumber }) => {
    expect(await countCustomers(connection.db, [{ search: idNumber }])).toMatchObject([{ count: 1 }]);
  });
});
