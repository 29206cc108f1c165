import { customers } from '@qijian/db/schema/customers.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { customerStream } from '@qijian/domain/contract/live-events.ts';
import { checkDigit } from '@qijian/domain/rules/id-number.ts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

const PHONE = '13812340021';
const ID_NUMBER = '11010519491231002X';

let world: TestApp;
let admin: Person;
let staff: Person;
let colleague: Person;
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin');
  staff = await world.loginAs('staff');
  colleague = await world.loginAs('staff');
});
afterAll(() => world.close());

const create = (payload: object = {}, person = staff, headers: Record<string, string> = {}) =>
  person.inject({
    method: 'POST',
    url: '/api/customers',
    headers,
    payload: { name: '王小明', phone: PHONE, ...payload },
  });
const newCustomer = async (payload: object = {}, person = staff): Promise<Customer> => {
  const answer = await create(payload, person);
  expect(answer.statusCode).toBe(201);
  return answer.json();
};
const read = (id: string, person = staff) => person.inject({ method: 'GET', url: `/api/customers/${id}` });
const edit = (id: string, payload: object, person = staff) =>
  person.inject({ method: 'PATCH', url: `/api/customers/${id}`, payload });
const remove = (customer: Customer, person: Person, more: object = {}) =>
  person.inject({
    method: 'DELETE',
    url: `/api/customers/${customer.id}`,
    payload: { version: customer.version, confirmName: customer.name, ...more },
  });
const eventsOf = async (id: string) => {
  const stream = customerStream(id);
  return world.app.db.execute<{ type: string; version: number; data: string }>(sql`
    select type, version, data::text as data from stream_event where stream = ${stream}
    union all select type, version, data::text from outbox where stream = ${stream} order by version`);
};
const auditOf = (id: string) =>
  world.app.db.execute<{ action: string; actor_id: string; detail: Record<string, unknown> }>(
    sql`select action, actor_id, detail from audit_log where customer_id = ${id} order by id`,
  );
const paths = (answer: { json(): { errors?: { path: string }[] } }) =>
  answer.json().errors?.map(({ path }) => path);

describe('creating a customer', () => {
  test('it has a number, an owner, what is missing, one event and one audit row', async () => {
    const customer = await newCustomer({ name: '  王小明 ', phone: '+86 138-1234-0021', idNumber: null });
    expect(customer).toMatchObject({
      number: expect.stringMatching(/^QJ-\d+$/),
      name: '王小明',
      phone: '138 **** 0021',
      version: 1,
      status: 'pending',
      owner: { id: staff.id, displayName: staff.name },
      createdBy: { id: staff.id },
      completeness: { required: 5, satisfied: 0, percent: 0 },
    });
    expect(customer.missing).toHaveLength(5);
    expect((await eventsOf(customer.id)).map(({ type }) => type)).toEqual(['customer.created']);
    expect((await auditOf(customer.id)).map(({ action }) => action)).toEqual(['customer.created']);
  });

  test('it is complete at once when its product requires nothing', async () => {
    const made = await admin.inject({
      method: 'POST',
      url: '/api/checklists',
      payload: { product: 'no_papers', name: { zh: '无', en: 'None' }, items: [] },
    });
    expect(made.statusCode).toBe(201);
    expect(await newCustomer({ product: 'no_papers' })).toMatchObject({
      status: 'complete',
      completeness: { required: 0, percent: 100 },
    });
  });

  test('each field that is wrong is named, all at once', async () => {
    const wrongDigit = `${ID_NUMBER.slice(0, 17)}1`;
    const answer = await create({
      phone: '12345678901',
      idNumber: wrongDigit,
      product: 'nothing',
      ownerId: uuidv7(),
    });
    expect(answer.statusCode).toBe(422);
    expect(paths(answer)).toEqual(['phone', 'idNumber', 'product', 'ownerId']);
    expect(paths(await create({ name: '   ' }))).toContain('name');
    expect(paths(await create({ amount: 0 }))).toContain('amount');
  });

  test('the checklist of the product says what is missing', async () => {
    expect((await newCustomer({ product: 'mortgage' })).missing).toContain('property_proof');
  });

  test('nobody sees phone and ID number in an answer or an event, however they changed', async () => {
    const first = `${ID_NUMBER.slice(0, 14)}003`;
    const secondId = first + checkDigit(first);
    const customer = await newCustomer({ idNumber: ID_NUMBER });
    const edited = await edit(customer.id, { version: 1, phone: '13999998888', idNumber: secondId });
    expect(edited.statusCode).toBe(200);
    const url = `/api/customers/${customer.id}`;
    const answers = [
      await create({ idNumber: ID_NUMBER }),
      edited,
      await read(customer.id),
      await staff.inject({ method: 'GET', url: `${url}/workspace` }),
      await staff.inject({ method: 'GET', url: `${url}/events` }),
      await edit(customer.id, { version: 1, phone: PHONE }),
    ].map(({ body }) => body);
    const events = (await eventsOf(customer.id)).map(({ data }) => data);
    const audit = JSON.stringify(await auditOf(customer.id));
    for (const text of [...answers, ...events, audit]) {
      for (const secret of [PHONE, '13999998888', ID_NUMBER, secondId]) expect(text).not.toContain(secret);
    }
    expect(events.join()).toContain('139 **** 8888');
  });

  test('revealing answers the clear value and leaves an audit row without it', async () => {
    const { id } = await newCustomer({ idNumber: ID_NUMBER });
    const auditor = await world.loginAs('auditor');
    const reveal = (field: string) =>
      auditor.inject({ method: 'POST', url: `/api/customers/${id}/reveal`, payload: { field } });
    expect((await reveal('phone')).json()).toEqual({ value: PHONE });
    expect((await reveal('idNumber')).json()).toEqual({ value: ID_NUMBER });
    expect((await reveal('note')).statusCode).toBe(422);
    const rows = (await auditOf(id)).filter(({ action }) => action === 'customer.revealed');
    expect(rows).toMatchObject([
      { actor_id: auditor.id, detail: { field: 'phone' } },
      { actor_id: auditor.id, detail: { field: 'idNumber' } },
    ]);
    expect(JSON.stringify(rows)).not.toContain(PHONE);
  });
});

describe('editing at the same time', () => {
  test('two people who change different fields both succeed', async () => {
    const { id } = await newCustomer();
    expect((await edit(id, { version: 1, branch: '杭州西湖部' })).statusCode).toBe(200);
    const second = await edit(id, { version: 1, amount: 200000 }, colleague);
    expect(second.json()).toMatchObject({ version: 3, branch: '杭州西湖部', amount: 200000 });
    expect(second.json().updatedBy).toBe(colleague.name);
  });

  test('the same field is refused with what it is now, and nothing of the edit is saved', async () => {
    const { id } = await newCustomer();
    await edit(id, { version: 1, branch: '甲' });
    const answer = await edit(id, { version: 1, branch: '乙', amount: 5 }, colleague);
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ type: 'version-conflict', current: { version: 2, branch: '甲' } });
    expect(paths(answer)).toEqual(['branch']);
    expect((await read(id)).json()).toMatchObject({ version: 2, branch: '甲', amount: null });
  });

  test('who wants what is already there is told so without a change', async () => {
    const { id } = await newCustomer();
    await edit(id, { version: 1, branch: '甲' });
    const answer = await edit(id, { version: 1, branch: '甲' }, colleague);
    expect(answer.statusCode).toBe(200);
    expect(answer.json().version).toBe(2);
    expect(await eventsOf(id)).toHaveLength(2);
  });

  test('a version from the future is refused', async () => {
    const { id } = await newCustomer();
    expect((await edit(id, { version: 7, note: 'x' })).statusCode).toBe(409);
  });

  test('thirty edits at one moment lose nothing', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => newCustomer()));
    const fields = [{ branch: '甲' }, { amount: 7 }, { note: '急' }, { termMonths: 12 }, { name: '李华' }];
    const answers = await Promise.all(
      made.flatMap(({ id }, n) =>
        fields.map((field, m) => edit(id, { version: 1, ...field }, (n + m) % 2 ? staff : colleague)),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(30).fill(200));
    for (const { id } of made) {
      expect((await read(id)).json()).toMatchObject({ version: 6, ...Object.assign({}, ...fields) });
      expect((await eventsOf(id)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  test('of thirty edits of one field at one moment one is saved', async () => {
    const { id } = await newCustomer();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => edit(id, { version: 1, branch: `分部${n}` })),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(29);
    expect((await read(id)).json().version).toBe(2);
  });
});

describe('deleting', () => {
  test('needs the name and the version', async () => {
    const customer = await newCustomer();
    const wrong = await remove(customer, staff, { confirmName: '王小' });
    expect(wrong.statusCode).toBe(422);
    expect(paths(wrong)).toEqual(['confirmName']);
    expect((await remove(customer, staff, { version: 9 })).statusCode).toBe(409);
    expect((await remove(customer, staff)).statusCode).toBe(204);
    expect((await read(customer.id)).statusCode).toBe(404);
    expect((await edit(customer.id, { version: 2, note: 'x' })).statusCode).toBe(404);
  });

  test('staff delete their own while pending, administrators any', async () => {
    const foreign = await newCustomer();
    expect((await remove(foreign, colleague)).statusCode).toBe(403);
    const decided = await newCustomer();
    await world.app.db.update(customers).set({ status: 'reviewing' }).where(eq(customers.id, decided.id));
    expect([403, 409]).toContain((await remove(decided, staff)).statusCode);
    expect((await read(decided.id)).statusCode).toBe(200);
    expect((await remove(foreign, admin)).statusCode).toBe(204);
    expect((await remove(decided, admin)).statusCode).toBe(204);
  });

  test('an administrator brings it back as it was', async () => {
    const customer = await newCustomer({ note: '重要' });
    await remove(customer, staff);
    const restore = (person: Person) =>
      person.inject({ method: 'POST', url: `/api/customers/${customer.id}/restore` });
    expect((await restore(staff)).statusCode).toBe(403);
    expect((await restore(admin)).json()).toMatchObject({ version: 3, note: '重要', deletedAt: null });
    expect((await restore(admin)).statusCode).toBe(409);
    expect((await eventsOf(customer.id)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['customer.created', 'customer.deleted', 'customer.restored']),
    );
  });

  test('deleted customers are listed for administrators only', async () => {
    const customer = await newCustomer();
    await remove(customer, staff);
    const list = (person: Person) =>
      person.inject({ method: 'GET', url: '/api/customers?deleted=true&pageSize=100' });
    const ids = (await list(admin)).json().items.map((item: Customer) => item.id);
    expect(ids).toContain(customer.id);
    const refused = await list(staff);
    expect(refused.statusCode).toBe(422);
    expect(paths(refused)).toEqual(['deleted']);
    const usual = await admin.inject({ method: 'GET', url: '/api/customers?pageSize=100' });
    expect(usual.json().items.map((item: Customer) => item.id)).not.toContain(customer.id);
  });
});

describe('giving customers to somebody', () => {
  test('changes those that are not theirs yet and says which it left', async () => {
    const [a, b] = [await newCustomer(), await newCustomer({ ownerId: colleague.id })];
    const unknown = uuidv7();
    const give = (ownerId: string | null) =>
      staff.inject({
        method: 'POST',
        url: '/api/customers/owner',
        payload: { customerIds: [a.id, b.id, unknown], ownerId },
      });
    const answer = await give(colleague.id);
    expect(answer.json().changed.map((item: Customer) => [item.id, item.owner?.id, item.version])).toEqual([
      [a.id, colleague.id, 2],
    ]);
    expect(answer.json().unchanged).toEqual([b.id, unknown]);
    expect((await give(null)).json().changed).toHaveLength(2);
    expect(paths(await give(uuidv7()))).toEqual(['ownerId']);
    expect((await eventsOf(a.id)).map(({ type }) => type)).toEqual([
      'customer.created',
      'customer.updated',
      'customer.updated',
    ]);
  });

  test('two people who give overlapping customers away at one moment do not block each other', async () => {
    const ids = (await Promise.all(Array.from({ length: 10 }, () => newCustomer()))).map(({ id }) => id);
    const give = (customerIds: string[], ownerId: string) =>
      staff.inject({ method: 'POST', url: '/api/customers/owner', payload: { customerIds, ownerId } });
    const answers = await Promise.all([
      give(ids, colleague.id),
      give(ids.toReversed(), admin.id),
      give(ids, admin.id),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  });
});

describe('repeating a request', () => {
  const key = () => ({ 'idempotency-key': uuidv7() });
  const countOf = async (name: string) => {
    const rows = await world.app.db.select().from(customers).where(eq(customers.name, name));
    return rows.length;
  };

  test('twenty at one moment under one key are one customer and one answer', async () => {
    const headers = key();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => create({ name: '只有一个' }, staff, headers)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(await countOf('只有一个')).toBe(1);
  });

  test('another body under the same key is refused, another person is not', async () => {
    const headers = key();
    await create({ name: '第一' }, staff, headers);
    const other = await create({ name: '第二' }, staff, headers);
    expect(other.statusCode).toBe(422);
    expect(other.json().type).toBe('idempotency-key-reused');
    expect(await countOf('第二')).toBe(0);
    expect((await create({ name: '第二' }, colleague, headers)).statusCode).toBe(201);
  });

  test('a request that failed leaves its key free', async () => {
    const headers = key();
    expect((await create({ phone: '1' }, staff, headers)).statusCode).toBe(422);
    expect((await create({}, staff, headers)).statusCode).toBe(201);
  });
});

describe('saved views', () => {
  const call = (person: Person, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path = '', payload?: object) =>
    person.inject({ method, url: `/api/views${path}`, ...(payload ? { payload } : {}) });

  test("are one's own to make, see, change and remove", async () => {
    const made = await call(staff, 'POST', '', { name: ' 待补 ', query: 'status=pending&sort=dueAt' });
    expect(made.statusCode).toBe(201);
    const view = made.json();
    expect(view).toMatchObject({ name: '待补', query: 'status=pending&sort=dueAt' });
    const path = `/${view.id}`;
    expect((await call(colleague, 'GET')).json().items).toEqual([]);
    const body = { name: '我的', query: '' };
    for (const person of [colleague, admin]) {
      expect((await call(person, 'PATCH', path, body)).statusCode).toBe(404);
      expect((await call(person, 'DELETE', path)).statusCode).toBe(404);
    }
    expect((await call(staff, 'PATCH', path, body)).json()).toMatchObject({ id: view.id, ...body });
    expect((await call(staff, 'DELETE', path)).statusCode).toBe(204);
    expect((await call(staff, 'GET')).json().items).toEqual([]);
  });

  test('keep "within 7 days" and "due today" as words, which mean another moment every day', async () => {
    await create();
    for (const query of ['updated=7', 'due=today', 'due=late&branch=A', 'todo=1']) {
      const made = await call(staff, 'POST', '', { name: query, query });
      expect(made.statusCode, query).toBe(201);
      expect(made.json().query).toBe(query);
    }
    const { items } = (await call(staff, 'GET')).json();
    const recent = items.find((view: { query: string }) => view.query === 'updated=7');
    expect(recent.count.count).toBeGreaterThan(0);
    for (const query of ['updated=soon', 'due=never'])
      expect((await call(staff, 'POST', '', { name: 'x', query })).statusCode, query).toBe(422);
    for (const { id } of items) await call(staff, 'DELETE', `/${id}`);
  });

  test('have each a name of their own', async () => {
    const first = (await call(staff, 'POST', '', { name: '缺流水', query: '' })).json();
    const again = await call(staff, 'POST', '', { name: ' 缺流水 ', query: 'status=pending' });
    expect(again.statusCode).toBe(409);
    expect(again.json().errors[0].path).toBe('name');
    const other = (await call(staff, 'POST', '', { name: '另一个', query: '' })).json();
    const renamed = await call(staff, 'PATCH', `/${other.id}`, { name: '缺流水', query: '' });
    expect(renamed.statusCode).toBe(409);
    expect((await call(staff, 'PATCH', `/${first.id}`, { name: '缺流水', query: '' })).statusCode).toBe(200);
    expect((await call(colleague, 'POST', '', { name: '缺流水', query: '' })).statusCode).toBe(201);
    for (const { id } of [first, other]) await call(staff, 'DELETE', `/${id}`);
  });

  test('hold only what the list understands', async () => {
    const answer = await call(staff, 'POST', '', { name: '坏', query: 'sort=name' });
    expect(answer.statusCode).toBe(422);
    expect(paths(answer)).toEqual(['query']);
  });
});
