import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateCompleteness } from '@qijian/core/completeness.ts';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { connect } from '@qijian/db/client.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import { users } from '@qijian/db/schema/users.ts';
import { passwordFault } from '@qijian/domain/passwords/password-fault.ts';
import { CUSTOMER_STATES } from '@qijian/domain/rules/customer-states.ts';
import { isValidIdNumber } from '@qijian/domain/rules/id-number.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { login } from '../features/auth/auth.service.ts';
import { seedCatalog } from './catalog.ts';
import { seedDemo } from './demo.ts';
import { closeDemoAccounts, openDemoAccounts } from './demo-accounts.ts';
import { DEMO_CUSTOMERS, DEMO_USERS } from './demo-customers.ts';

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
const from = { address: '127.0.0.1', deviceHash: null, maxFailures: 10 };
const folder = mkdtempSync(join(tmpdir(), 'qijian-demo-'));
const files = openLocalFiles(folder);
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 4 });
  await seedCatalog(connection.db);
  await seedDemo(connection.db, files);
});
afterAll(async () => {
  await connection.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

test('every demo account can sign in', async () => {
  for (const { username, password, role } of DEMO_USERS) {
    const user = await login(connection.db, { username, password, ...from });
    expect(user.role).toBe(role);
  }
});

test('customers are in all states, in the state and with the pieces that their row says', async () => {
  const rows = await connection.db.select().from(customers);
  expect(rows).toHaveLength(DEMO_CUSTOMERS.length);
  expect(new Set(DEMO_CUSTOMERS.map(({ state }) => state))).toEqual(new Set(CUSTOMER_STATES));
  for (const demo of DEMO_CUSTOMERS) {
    const row = rows.find((candidate) => candidate.name === demo.name);
    // A worker has still to open what completes it.
    const checking = demo.state === 'complete';
    expect(row?.status, demo.name).toBe(checking ? 'pending' : demo.state);
    if (checking) expect(row?.completeness.checking, demo.name).not.toEqual([]);
    const again = demo.state === 'reviewing' && Boolean(demo.returned);
    expect(row?.hasReturned, demo.name).toBe(Boolean(demo.returned) && !again);
    if (demo.state === 'reviewing') expect(row?.submissions, demo.name).toBe(again ? 2 : 1);
    expect(isValidIdNumber(row?.idNumber ?? '', Date.now()), demo.name).toBe(true);
  }
});

test('what is shown of completeness is what the rule says', async () => {
  for (const row of await connection.db.select().from(customers)) {
    const { nextExpiryAt: _later, ...now } = await calculateCompleteness(connection.db, row);
    expect(row.completeness, row.name).toEqual(now);
  }
});

test('every document is a file in the storage, and everything has its place in the log', async () => {
  const rows = await connection.db.select().from(documents);
  expect(rows.length).toBeGreaterThan(80);
  for (const row of rows) expect(await files.size(row.storageKey)).toBe(row.size);
  const [counted] = await connection.db.execute<{ waiting: number; added: number }>(sql`
    select (select count(*)::int from outbox) as waiting,
           (select count(*)::int from stream_event where type = 'document.added' and stream like 'customer:%') as added`);
  expect(counted).toEqual({ waiting: 0, added: rows.length });
});

test('a second start adds nothing', async () => {
  const count = () => readdirSync(folder, { recursive: true }).length;
  const before = count();
  await seedCatalog(connection.db);
  await seedDemo(connection.db, files);
  expect(count()).toBe(before);
  expect(await connection.db.$count(customers)).toBe(DEMO_CUSTOMERS.length);
});

test('an installation where somebody works already gets no demo accounts', async () => {
  const own = await createTestDatabase();
  const { db, close } = connect(own.url, { max: 2 });
  await seedCatalog(db);
  await db.insert(users).values({
    id: '0199a000-0000-7000-8000-000000000000',
    username: 'operator',
    displayName: 'Operator',
    role: 'admin',
    passwordHash: 'x',
  });
  await seedDemo(db, files);
  expect(await db.$count(users)).toBe(1);
  await close();
  await own.drop();
});

test('where others reach the machine, the passwords that every copy has open nothing', async () => {
  const { db } = connection;
  const enter = (username: string, password: string) => login(db, { username, password, ...from });
  const made = await closeDemoAccounts(db);
  expect(made.map(({ username }) => username)).toEqual(DEMO_USERS.map(({ username }) => username));
  expect(new Set(made.map(({ password }) => password)).size).toBe(made.length);
  for (const { username, password } of DEMO_USERS) {
    await expect(enter(username, password)).rejects.toMatchObject({ type: 'wrong-credentials' });
  }
  for (const { username, password } of made) {
    expect(passwordFault(password, username)).toBeNull();
    expect((await enter(username, password)).username).toBe(username);
  }
  expect(await openDemoAccounts(db)).toEqual([]);
  expect(await closeDemoAccounts(db)).toEqual([]);
});
