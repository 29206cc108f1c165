import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../app.ts';
import { createTestApp, type Person, type TestApp } from '../testing/test-app.ts';

let world: TestApp;
let another: TestApp['app'];
let staff: Person;
beforeAll(async () => {
  world = await createTestApp();
  another = await buildApp(world.config);
  staff = await world.loginAs('staff');
});
afterAll(async () => {
  await another.close();
  await world.close();
});

const create = (key: string | undefined, name: string, { app = world.app, by = staff } = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/customers',
    headers: { cookie: by.cookie, ...(key ? { 'idempotency-key': key } : {}) },
    payload: { name, phone: '13800000046' },
  });
const howMany = async (name: string) =>
  (await world.app.db.execute(sql`select 1 from customers where name = ${name}`)).length;

test('the same key fifty times at once, in two processes, has one effect and one answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      create('fifty-times', '王雨桐', { app: n % 2 === 0 ? world.app : another }),
    ),
  );
  expect(answers.map((answer) => answer.statusCode)).toEqual(Array(50).fill(201));
  expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
  expect(await howMany('王雨桐')).toBe(1);
});

test('another body under the same key is refused', async () => {
  expect((await create('one-of-two', '陈思远')).statusCode).toBe(201);
  const other = await create('one-of-two', '李佳宁');
  expect(other.statusCode).toBe(422);
  expect(other.json().type).toBe('idempotency-key-reused');
  expect(await howMany('李佳宁')).toBe(0);
});

test('a key belongs to one person', async () => {
  const colleague = await world.loginAs('staff');
  await create('shared-by-chance', '赵一帆');
  expect((await create('shared-by-chance', '刘沛然', { by: colleague })).statusCode).toBe(201);
});

test('a request that failed leaves its key free', async () => {
  expect((await create('tried-before', '  ')).statusCode).toBe(422);
  const refused = await world.app.inject({
    method: 'POST',
    url: '/api/customers',
    headers: { cookie: staff.cookie, 'idempotency-key': 'tried-before' },
    payload: { name: '孙若溪', phone: '123' },
  });
  expect(refused.statusCode).toBe(422);
  expect((await create('tried-before', '孙若溪')).statusCode).toBe(201);
});

test.each([
  ['/api/invites', { role: 'staff' }, 'url'],
  ['/api/auth/tokens', { name: 'export' }, 'token'],
] as const)(
  'a secret of %s is told once: the same key answers the same without it, and it is stored nowhere',
  async (url, payload, secret) => {
    const admin = await world.loginAs('admin');
    const make = () =>
      admin.inject({ method: 'POST', url, payload, headers: { 'idempotency-key': 'secret-once' } });
    const { [secret]: told, ...first } = (await make()).json();
    expect(told).toMatch(/[\w-]{43}$/);
    expect((await make()).json()).toEqual(first);
    expect((await admin.inject({ url })).json().items).toHaveLength(1);
    const stored = await world.app.db.execute(sql`select response from idempotency_keys`);
    expect(JSON.stringify(stored)).not.toContain(told.slice(-43));
  },
);

test('a key that is too short is refused by name, and none is needed', async () => {
  const answer = await create('short', '周子墨');
  expect(answer.json().errors).toEqual([{ path: 'Idempotency-Key', message: expect.any(String) }]);
  expect((await create(undefined, '周子墨')).statusCode).toBe(201);
});

test('a command’s event reaches the log soon after the answer', async () => {
  const { id } = (await create(undefined, '吴静怡')).json();
  const page = async () => (await staff.inject({ url: `/api/streams/customer:${id}/events` })).json();
  await expect
    .poll(async () => (await page()).events.map((event: { type: string }) => event.type))
    .toEqual(['customer.created']);
});
