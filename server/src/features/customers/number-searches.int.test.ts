import { renewSearchTerms } from '@qijian/db/queries/search-terms.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

const PHONE = '13876540917';
const ID_NUMBER = '11010519491231002X';
const LIMIT = 12;

let world: TestApp;
let staff: Person;
let auditor: Person;
let id: string;
beforeAll(async () => {
  world = await createTestApp({ NUMBER_SEARCHES: String(LIMIT) });
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  id = await add({
    name: ' 阿卜杜·\u200b热合曼　 ',
    phone: '（+86）138–7654–0917',
    idNumber: '110105 19491231 002×',
  });
  await add({ name: '别人', phone: '+852 9123 4567', idNumber: 'h1234 5678' });
});
afterAll(() => world.close());

async function add(payload: object): Promise<string> {
  const answer = await staff.inject({ method: 'POST', url: '/api/customers', payload });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json().id;
}
const search = (person: Person, text: string) =>
  person.inject({ method: 'POST', url: '/api/customers/search', payload: { search: text } });
const found = async (person: Person, text: string): Promise<string[]> => {
  const answer = await search(person, text);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().items.map(({ name }: { name: string }) => name);
};
const recorded = (person: Person) =>
  world.app.db.execute<{ detail: { numbers: string[]; found: number } }>(sql`
    select detail from audit_log where action = 'customer.searched' and actor_id = ${person.id} order by id`);
const ask = (person: Person, payload: object) =>
  person.inject({ method: 'POST', url: '/api/customers/same-numbers', payload });

describe('a customer whose numbers were pasted', () => {
  test('is stored in the one form and shown by its masks', async () => {
    const [row] = await world.app.db.execute(
      sql`select name, phone, id_number from customers where id = ${id}`,
    );
    expect(row).toEqual({ name: '阿卜杜·热合曼', phone: PHONE, id_number: ID_NUMBER });
    const { items } = (await auditor.inject({ url: '/api/customers?sort=number' })).json();
    expect(items).toMatchObject([
      { phone: '138 **** 0917', idNumber: '110105********002X' },
      { phone: '+852 **** 4567', idNumber: 'H****5678' },
    ]);
  });

  test('is refused with what is wrong, and where', async () => {
    const payload = { name: '王', phone: '138O0000021', idNumber: '110105194912310021' };
    const answer = await staff.inject({ method: 'POST', url: '/api/customers', payload });
    expect(answer.json().errors).toEqual([
      { path: 'phone', message: 'is not a mobile number: “O” at position 4 is not a digit' },
      { path: 'idNumber', message: expect.stringContaining('check digit') },
    ]);
    expect(answer.body).not.toContain('19491231');
  });

  test('is found by what the screen shows, by names with any dot and by the last four', async () => {
    for (const text of [
      '138 **** 0917',
      '138****0917',
      '110105********002X',
      '0917',
      '002x',
      '阿卜杜•热合曼',
      '阿卜杜热合曼',
      '卜杜.热合',
      '热合曼 0917',
    ])
      expect(await found(auditor, text), text).toEqual(['阿卜杜·热合曼']);
    expect(await found(auditor, '+852 **** 4567')).toEqual(['别人']);
    expect(await recorded(auditor)).toEqual([]);
  });

  test('is not found by other parts of a number, so that nobody feels their way to it', async () => {
    for (let length = 5; length < PHONE.length; length += 1)
      expect(await found(auditor, PHONE.slice(-length)), PHONE.slice(-length)).toEqual([]);
    for (const text of [PHONE.slice(0, 7), '1387', '40917', '1002X', '19491231002X', '1387****0917'])
      expect(await found(auditor, text), text).toEqual([]);
  });
});

describe('a search for a whole number', () => {
  test('finds the customer and is on record, masked', async () => {
    const person = await world.loginAs('auditor');
    expect(await found(person, '+86 138 7654 0917')).toEqual(['阿卜杜·热合曼']);
    expect(await found(person, '110105-19491231-002x')).toEqual(['阿卜杜·热合曼']);
    expect(await found(person, '13800138000')).toEqual([]);
    expect((await recorded(person)).map(({ detail }) => detail)).toEqual([
      { numbers: ['138 **** 0917'], found: 1 },
      { numbers: ['110105********002X'], found: 1 },
      { numbers: ['138 **** 8000'], found: 0 },
    ]);
  });

  test('is refused in an address, and in a saved view', async () => {
    for (const text of [PHONE, '138 7654 0917', ID_NUMBER, 'h12345678', '王 1387654']) {
      const answer = await auditor.inject({ url: '/api/customers', query: { search: text } });
      expect(answer.statusCode, text).toBe(422);
      expect(answer.json().type).toBe('number-in-address');
      expect(answer.body).not.toContain(text);
      const query = String(new URLSearchParams({ search: text }));
      const view = await auditor.inject({
        method: 'POST',
        url: '/api/views',
        payload: { name: '号', query },
      });
      expect(view.statusCode, text).toBe(422);
    }
    expect((await auditor.inject({ url: '/api/customers', query: { search: '0917' } })).statusCode).toBe(200);
  });

  test('is limited per person, together with the checks while typing; names and tails go on', async () => {
    const person = await world.loginAs('staff');
    for (let count = 0; count < LIMIT - 1; count += 1)
      expect((await search(person, PHONE)).statusCode).toBe(200);
    expect((await ask(person, { phone: PHONE })).statusCode).toBe(200);
    for (const answer of [await search(person, PHONE), await ask(person, { phone: PHONE })]) {
      expect(answer.statusCode).toBe(429);
      expect(answer.json().type).toBe('too-many-searches');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(await found(person, '0917')).toEqual(['阿卜杜·热合曼']);
    expect(await recorded(person)).toHaveLength(LIMIT);
  });
});

describe('the same number as another customer', () => {
  test('is said with who has it, but not of the customer that is edited', async () => {
    const phone = '138-7654-0917';
    const answer = await ask(staff, { phone, idNumber: ID_NUMBER });
    expect(answer.json().items).toMatchObject([
      { field: 'phone', id, name: '阿卜杜·热合曼' },
      { field: 'idNumber', id, name: '阿卜杜·热合曼' },
    ]);
    expect((await ask(staff, { phone, except: id })).json()).toEqual({ items: [] });
    expect((await ask(staff, { phone: '1387654091' })).json()).toEqual({ items: [] });
    expect((await recorded(staff)).at(-1)?.detail).toEqual({ numbers: ['138 **** 0917'], found: 0 });
    expect((await ask(auditor, { phone })).statusCode).toBe(403);
  });

  test('is never forbidden', async () => {
    expect(await add({ name: '同号', phone: PHONE, idNumber: ID_NUMBER })).toBeTruthy();
  });

  test('an edit is in the audit log from what to what, masked', async () => {
    const payload = { version: 1, phone: '13900139000', amount: 300_000 };
    await staff.inject({ method: 'PATCH', url: `/api/customers/${id}`, payload });
    const [row] = await world.app.db.execute<{ detail: object }>(
      sql`select detail from audit_log where action = 'customer.updated' and customer_id = ${id}`,
    );
    expect(row?.detail).toEqual({
      fields: ['phone', 'amount'],
      changes: [
        { field: 'phone', from: '138 **** 0917', to: '139 **** 9000' },
        { field: 'amount', from: null, to: 300_000 },
      ],
    });
  });
});

test('customers whose terms were made by an older rule are found by the present one', async () => {
  const { db } = world.app;
  await db.execute(sql`update customers set search_terms = '{"917"}' where id = ${id}`);
  await db.execute(sql`update installation set search_terms_version = 0`);
  expect(await found(staff, '阿卜杜')).toEqual([]);
  expect(await renewSearchTerms(db)).toBe(1);
  expect(await found(staff, '阿卜杜')).toEqual(['阿卜杜·热合曼']);
  expect(await renewSearchTerms(db)).toBe(0);
});
