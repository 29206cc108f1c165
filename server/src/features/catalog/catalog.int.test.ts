import type { Tx } from '@qijian/db/client.ts';
import { lockDocumentType, updateDocumentType } from '@qijian/db/queries/catalog.ts';
import { insertDocument, lockForUpload } from '@qijian/db/queries/documents.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../identity/principal.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

import { removeType } from './catalog.service.ts';

let world: TestApp;
let admin: Person;
let staff: Person;
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin');
  staff = await world.loginAs('staff');
});
afterAll(() => world.close());

const types = async () =>
  (await staff.inject({ url: '/api/document-types' })).json().items as {
    code: string;
    version: number;
    active: boolean;
    required: boolean;
  }[];
const typeOf = async (code: string) => (await types()).find((type) => type.code === code);
const LEASE = {
  code: 'lease',
  name: { zh: '租赁合同', en: 'Lease' },
  required: false,
  order: 20,
  minPages: 1,
  maxAgeDays: null,
  instructions: { zh: '每一页', en: 'Every page' },
  waivable: false,
  active: true,
};
/** A form as its bytes. */
const encoded = async (form: FormData) => {
  const response = new Response(form);
  return {
    headers: { 'content-type': response.headers.get('content-type') as string },
    payload: Buffer.from(await response.arrayBuffer()),
  };
};
const request = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  admin.inject({ method, url, ...(payload ? { payload } : {}) });

describe('document types', () => {
  test('the nine presets are there, in the order customers see them', async () => {
    expect((await types()).map((type) => type.code)).toEqual([
      'id_card_front',
      'id_card_back',
      'income_proof',
      'bank_statement',
      'property_proof',
      'credit_report',
      'household_register',
      'marriage_certificate',
      'other',
    ]);
    expect((await types()).filter((type) => type.required).map((type) => type.code)).toEqual([
      'id_card_front',
      'id_card_back',
      'income_proof',
      'bank_statement',
      'credit_report',
    ]);
  });

  test('can be added once, changed and taken out of use', async () => {
    const created = await request('POST', '/api/document-types', LEASE);
    expect(created.statusCode).toBe(201);
    expect(created.json()).toEqual({ ...LEASE, version: 1 });
    const again = await request('POST', '/api/document-types', LEASE);
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({ type: 'already-exists', errors: [{ path: 'code' }] });
    const changed = await request('PATCH', '/api/document-types/lease', {
      version: 1,
      name: { zh: '租约', en: 'Tenancy' },
    });
    expect(changed.json()).toEqual({ ...LEASE, name: { zh: '租约', en: 'Tenancy' }, version: 2 });
    const retired = await request('PATCH', '/api/document-types/lease', { version: 2, active: false });
    expect(retired.json()).toMatchObject({ active: false, version: 3 });
    expect(await typeOf('lease')).toMatchObject({ active: false });
  });

  test('that nothing knows is removed, one that is used is refused', async () => {
    const add = (code: string) => request('POST', '/api/document-types', { ...LEASE, code });
    const remove = (code: string) => request('DELETE', `/api/document-types/${code}`);
    await add('mistaken');
    expect((await remove('mistaken')).statusCode).toBe(204);
    expect(await typeOf('mistaken')).toBeUndefined();
    expect((await remove('mistaken')).statusCode).toBe(404);
    // In a product's list, told or asked of a customer, and what belongs nowhere else.
    for (const code of ['waived', 'requested', 'excused']) await add(code);
    const made = await request('POST', '/api/customers', { name: '王小明', phone: '13800000021' });
    const { id } = made.json();
    await world.app.db.execute(sql`
      update customers set waived_types = '{waived}', requested_types = '[{"type": "requested"}]',
        excused_types = '[{"type": "excused"}]' where id = ${id}`);
    for (const code of ['id_card_front', 'waived', 'requested', 'excused', 'other']) {
      const answer = await remove(code);
      expect(answer.statusCode, code).toBe(409);
      expect(answer.json().type).toBe('in-use');
      expect(await typeOf(code)).toBeDefined();
    }
    await world.app.db.execute(sql`update customers set deleted_at = now() where id = ${id}`);
  });

  test('a loan product goes as long as no customer has it', async () => {
    const add = (product: string) =>
      request('POST', '/api/checklists', { product, name: { zh: '试用', en: 'Trial' }, items: [] });
    const remove = (product: string) => request('DELETE', `/api/checklists/${product}`);
    await add('trial');
    const customer = await request('POST', '/api/customers', {
      name: '王小明',
      phone: '13800000021',
      product: 'trial',
    });
    expect(customer.statusCode).toBe(201);
    await world.app.db.execute(sql`update customers set deleted_at = now() where product = 'trial'`);
    expect((await remove('trial')).json()).toMatchObject({ type: 'in-use', status: 409 });
    await add('mistaken');
    expect((await remove('mistaken')).statusCode).toBe(204);
    const products = (await request('GET' as never, '/api/checklists')).json().items;
    expect(products.map(({ product }: { product: string }) => product)).not.toContain('mistaken');
    expect((await remove('mistaken')).statusCode).toBe(404);
  });

  test('of two who change the same type one is told what it is now', async () => {
    const { version } = (await typeOf('other')) as { version: number };
    const answers = await Promise.all(
      ['甲', '乙'].map((zh) =>
        request('PATCH', '/api/document-types/other', { version, name: { zh, en: zh } }),
      ),
    );
    expect(answers.map((answer) => answer.statusCode).toSorted()).toEqual([200, 409]);
    const won = answers.find((answer) => answer.statusCode === 200)?.json();
    const lost = answers.find((answer) => answer.statusCode === 409)?.json();
    expect(lost).toMatchObject({ type: 'version-conflict', current: won });
  });

  test('a change announces itself to every list and starts a run over all customers', async () => {
    const customer = await staff.inject({
      method: 'POST',
      url: '/api/customers',
      payload: { name: '许嘉言', phone: '13800000943', product: 'credit' },
    });
    expect(customer.statusCode).toBe(201);
    const { version } = (await typeOf('household_register')) as { version: number };
    await request('PATCH', '/api/document-types/household_register', { version, minPages: 2 });
    const run = (await staff.inject({ url: '/api/document-types/recalculation' })).json().recalculation;
    expect(run).toMatchObject({ done: 0, total: 1, finishedAt: null });
    const events = async () =>
      (await staff.inject({ url: '/api/streams/customers/events' })).json().events as {
        type: string;
        data: { recalculationId: string };
      }[];
    await expect
      .poll(async () => (await events()).at(-1))
      .toMatchObject({ type: 'catalog.changed', data: { recalculationId: run.id } });
    await expect.poll(async () => (await world.app.jobs.waiting())?.catalog).toBeGreaterThan(0);
  });

  test('a change without a field, or of a field that is not a field, is refused', async () => {
    const { version } = (await typeOf('other')) as { version: number };
    for (const payload of [
      { version },
      { version, code: 'renamed' },
      { version, minPages: 0 },
      { minPages: 2 },
    ]) {
      expect((await request('PATCH', '/api/document-types/other', payload)).statusCode).toBe(422);
    }
  });
});

test('whoever adds a type while a colleague changes one waits, and both are done', async () => {
  let added: ReturnType<typeof request> | undefined;
  await world.app.db.transaction(async (tx) => {
    await lockDocumentType(tx, 'lease');
    added = request('POST', '/api/document-types', { ...LEASE, code: 'meanwhile' });
    const waiting = async () =>
      (await world.app.db.execute(sql`select from pg_locks where locktype = 'advisory' and not granted`))
        .length;
    await expect.poll(waiting).toBeGreaterThan(0);
    await updateDocumentType(tx, 'lease', { minPages: 2 });
  });
  expect((await added)?.statusCode).toBe(201);
  expect((await request('DELETE', '/api/document-types/meanwhile')).statusCode).toBe(204);
});

describe('loan products', () => {
  const item = (type: string) => ({ type, required: true, minPages: null, maxAgeDays: null });

  test('have a checklist of types that exist, each once', async () => {
    const create = (items: object[]) =>
      request('POST', '/api/checklists', {
        product: 'study',
        name: { zh: '助学贷', en: 'Study loan' },
        items,
      });
    const unknown = await create([item('id_card_front'), item('diploma')]);
    expect(unknown.statusCode).toBe(422);
    expect(unknown.json().errors[0].path).toBe('items.1.type');
    const twice = await create([item('other'), item('other')]);
    expect(twice.json().errors[0].path).toBe('items.1.type');
    const created = await create([item('id_card_front')]);
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({ product: 'study', version: 1, active: true });
    expect((await create([])).statusCode).toBe(409);
    const customer = await staff.inject({
      method: 'POST',
      url: '/api/customers',
      payload: { name: '田景行', phone: '13800000555', product: 'study' },
    });
    expect(customer.json()).toMatchObject({ completeness: { required: 1 }, missing: ['id_card_front'] });
  });

  test('are changed by version, and taken out of use for new customers', async () => {
    const stale = await request('PATCH', '/api/checklists/car', { version: 9, active: false });
    expect(stale.statusCode).toBe(409);
    expect(stale.json().current).toMatchObject({ product: 'car', version: 1 });
    const changed = await request('PATCH', '/api/checklists/car', { version: 1, active: false });
    expect(changed.json()).toMatchObject({ active: false, version: 2 });
    const customer = await staff.inject({
      method: 'POST',
      url: '/api/customers',
      payload: { name: '吕归远', phone: '13800000556', product: 'car' },
    });
    expect(customer.json().errors).toEqual([{ path: 'product', message: 'is not a loan product' }]);
    expect((await request('PATCH', '/api/checklists/nothing', { version: 1, active: true })).statusCode).toBe(
      404,
    );
  });
});

describe('a document type', () => {
  /** Commits what `first` does only when `second`, which begins meanwhile, waits for it. */
  async function atOnce<T>(first: (tx: Tx) => Promise<unknown>, second: () => Promise<T>): Promise<T> {
    const { db } = world.app;
    let answer: Promise<T> | undefined;
    await db.transaction(async (tx) => {
      await first(tx);
      answer = second();
      await expect
        .poll(async () => {
          const [row] = await db.execute<{ waiting: number }>(sql`
            select count(*)::int as waiting from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`);
          return row?.waiting;
        })
        .toBeGreaterThan(0);
    });
    return answer as Promise<T>;
  }

  test('that is removed at the moment a file of it arrives refuses the file, or stays', async () => {
    const principal = {
      userId: admin.id,
      name: admin.name,
      username: admin.username,
      role: 'admin',
    } as Principal;
    const customer = (
      await staff.inject({
        method: 'POST',
        url: '/api/customers',
        payload: { name: '李华', phone: '13900001111' },
      })
    ).json() as { id: string };
    const remove = () => request('DELETE', '/api/document-types/lease_2');
    const file = { filename: 'a.jpg', content: sampleJpeg() };
    const upload = async () => {
      const form = new FormData();
      form.set('type', 'lease_2');
      form.set('file', new Blob([file.content]), file.filename);
      const { headers, payload } = await encoded(form);
      return staff.inject({
        method: 'POST',
        url: `/api/customers/${customer.id}/documents`,
        headers,
        payload,
      });
    };
    const stored = async () =>
      (await world.app.db.execute(sql`select from documents where type = 'lease_2'`)).length;

    await request('POST', '/api/document-types', { ...LEASE, code: 'lease_2' });
    const refused = await atOnce((tx) => removeType(tx, principal, 'lease_2'), upload);
    expect(refused.json()).toMatchObject({ status: 422, errors: [{ path: 'type' }] });
    expect(await stored()).toBe(0);

    await request('POST', '/api/document-types', { ...LEASE, code: 'lease_2' });
    const kept = await atOnce(async (tx) => {
      await lockForUpload(tx, { customerId: customer.id, type: 'lease_2', documentId: uuidv7() });
      await insertDocument(tx, {
        id: uuidv7(),
        customerId: customer.id,
        type: 'lease_2',
        filename: 'a.jpg',
        mime: 'image/jpeg',
        size: 1,
        sha256: 'x',
        storageKey: 'x',
        uploadedBy: staff.id,
        uploaderName: staff.name,
        source: 'desk',
      });
    }, remove);
    expect(kept.json()).toMatchObject({ type: 'in-use', status: 409 });
    expect((await typeOf('lease_2'))?.code).toBe('lease_2');
  });
});
