import { findOutdated, recalculateCustomers } from '@qijian/core/recalculation.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import type { CompletenessBody } from '@qijian/domain/contract/api/completeness.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { customerStream, type LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDocuments } from '../../testing/open-documents.ts';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

const REQUIRED = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];

let world: TestApp;
let origin: string;
let staff: Person;
let auditor: Person;
let admin: Person;
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp();
  origin = await world.app.listen({ port: 0, host: '127.0.0.1' });
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  admin = await world.loginAs('admin');
  files = reviewFiles(world, staff);
});
afterAll(() => world.close());

async function send(person: Person, method: string, path: string, body?: object | FormData) {
  const isForm = body instanceof FormData;
  const answer = await fetch(`${origin}/api/${path}`, {
    method,
    headers: { cookie: person.cookie, ...(body && !isForm ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}
const post = (person: Person, path: string, body: object = {}) => send(person, 'POST', path, body);
const read = async (id: string): Promise<Customer> => (await send(staff, 'GET', `customers/${id}`)).body;
const documentsOf = async (id: string): Promise<Document[]> =>
  (await send(staff, 'GET', `customers/${id}/documents`)).body.items;
const documentOf = async (id: string, type: string): Promise<Document> =>
  (await documentsOf(id)).findLast((document) => document.type === type) as Document;
async function made(): Promise<string> {
  return (await post(staff, 'customers', { name: '王小明', phone: '13800000021' })).body.id;
}
let unique = 0;
async function upload(id: string, type: string, person = staff): Promise<Document> {
  const form = new FormData();
  form.set('type', type);
  form.set('file', new Blob([sampleJpeg({ comment: `number ${unique++}` })]), 'a.jpg');
  const answer = await send(person, 'POST', `customers/${id}/documents`, form);
  expect(answer.status).toBe(201);
  return answer.body.documents[0];
}
async function submitted(known?: string): Promise<string> {
  const id = known ?? (await made());
  for (const type of REQUIRED) await upload(id, type);
  await openDocuments(world.app.db, id);
  expect((await post(staff, `customers/${id}/submit`)).status).toBe(200);
  return id;
}
const judge = (id: string, { version }: Document, verdict: 'accepted' | 'rejected') =>
  post(auditor, `documents/${id}/review`, {
    version,
    verdict,
    ...(verdict === 'rejected' ? { reasonCode: 'blurred' } : {}),
  });
const decide = (id: string, version: number, body: object) =>
  post(auditor, `customers/${id}/decision`, { version, ...body });
async function returned(id: string, type: string): Promise<Document> {
  const document = await documentOf(id, type);
  expect((await judge(document.id, document, 'rejected')).status).toBe(200);
  const { version } = await read(id);
  expect((await decide(id, version, { decision: 'return', reason: '请重拍' })).status).toBe(200);
  return document;
}

/** No worker runs here: what is stored must be what the facts say, after every single command. */
async function isUpToDate(id: string): Promise<void> {
  expect(await findOutdated(world.app.db, [id])).toEqual([]);
  const customer = await read(id);
  const now: CompletenessBody = (await send(staff, 'GET', `customers/${id}/completeness`)).body;
  expect(customer).toMatchObject({
    missing: now.missing,
    completeness: { required: now.required, satisfied: now.satisfied, percent: now.percent },
    pieces: now.items.filter(({ required }) => required).map(({ type, state }) => ({ type, state })),
  });
  if (customer.status === 'pending' || customer.status === 'complete')
    expect(customer.status === 'complete').toBe(now.missing.length + now.checking.length === 0);
}

test('verdicts, read the customer, decide at once: fifty times, without any wait', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const { id } = await files.submitted('pending');
    await post(auditor, `customers/${id}/claim`);
    for (const document of await documentsOf(id)) await judge(document.id, document, 'accepted');
    const { version } = await read(id);
    statuses.push((await decide(id, version, { decision: 'approve' })).status);
  }
  expect(statuses).toEqual(Array(50).fill(200));
}, 240_000);

test('a decision on a file that somebody changed since is refused, with the file as it is now', async () => {
  const { id, version } = await files.submitted();
  await upload(id, 'bank_statement');
  const late = await decide(id, version, { decision: 'reject', reason: '信息不一致' });
  expect(late.status).toBe(409);
  expect(late.body).toMatchObject({ type: 'version-conflict', current: { id, version: version + 1 } });
});

test('who has a file, and that a preview is made, is nothing to look at again', async () => {
  const { id, version, revision } = await files.submitted();
  await upload(id, 'property_proof');
  const before = await read(id);
  expect(before).toMatchObject({ version: version + 1, revision: revision + 1 });
  await openDocuments(world.app.db, id);
  await post(auditor, `customers/${id}/claim`);
  await post(auditor, `customers/${id}/release`);
  expect(await read(id)).toMatchObject({ version: before.version, revision: before.revision + 3 });
  expect((await decide(id, before.version, { decision: 'reject', reason: '信息不一致' })).status).toBe(200);
});

test('what is guarded by state, claim and completeness needs no version, and refuses a stale one', async () => {
  const { id } = await files.submitted();
  const stale = { version: 1 };
  for (const [person, path, body] of [
    [auditor, 'claim', {}],
    [auditor, 'release', {}],
    [staff, 'withdraw', {}],
    [staff, 'waive', { type: 'property_proof', waived: true }],
    [staff, 'submit', {}],
  ] as const) {
    const late = await post(person, `customers/${id}/${path}`, { ...body, ...stale });
    expect([late.status, late.body.type], path).toEqual([409, 'version-conflict']);
    expect((await post(person, `customers/${id}/${path}`, body)).status, path).toBe(200);
  }
  const { version } = await read(id);
  await decide(id, version, { decision: 'reject', reason: '信息不一致' });
  expect((await post(staff, `customers/${id}/reopen`, { ...stale, reason: '重新申请' })).status).toBe(409);
  expect((await post(staff, `customers/${id}/reopen`, { reason: '重新申请' })).status).toBe(200);
  expect((await post(auditor, `customers/${id}/decision`, { decision: 'approve' })).status).toBe(422);
});

test('one picture from the request to ready is two transactions, and two events on each of two streams', async () => {
  const id = await made();
  for (const type of REQUIRED.slice(1)) await upload(id, type);
  await openDocuments(world.app.db, id);
  const since = (await read(id)).revision;
  const [start] = await world.app.db.execute<{ last: string }>(sql`select max(id) as last from audit_log`);
  await upload(id, 'id_card_front');
  await openDocuments(world.app.db, id);
  while ((await sequenceBatch(world.app.db)).length > 0);
  const events = await world.app.db.execute<{ stream: string; type: string; data: LiveEvent['data'] }>(sql`
    select stream, type, data from stream_event
    where data -> 'customer' ->> 'id' = ${id} and (data -> 'customer' ->> 'revision')::int > ${since}
    order by stream, seq`);
  expect(events.map(({ stream, type }) => `${stream} ${type}`)).toEqual(
    [customerStream(id), 'customers'].flatMap((stream) => [
      `${stream} document.added`,
      `${stream} document.ready`,
    ]),
  );
  // The rows of one transaction carry its number.
  const [written] = await world.app.db.execute<{ transactions: number }>(sql`
    select count(distinct xmin::text)::int as transactions from audit_log
    where customer_id = ${id} and id > ${start?.last ?? 0}`);
  expect(written?.transactions).toBe(2);
  // Each says all that changed with it: the piece that came, and then that the file is complete.
  expect(events[0]?.data).toMatchObject({
    customer: { status: 'pending', missing: [], completeness: { satisfied: 5 } },
    items: [{ type: 'id_card_front', state: 'received', checking: true }],
    effect: { satisfied: { from: 4, to: 5 } },
  });
  expect(events[1]?.data).toMatchObject({
    customer: { status: 'complete' },
    items: [{ type: 'id_card_front', checking: false }],
    effect: { status: { from: 'pending', to: 'complete' } },
  });
});

describe('submitting', () => {
  test('waits for what is still being opened, and what cannot be opened never counts', async () => {
    const id = await made();
    for (const type of REQUIRED) await upload(id, type);
    const early = await post(staff, `customers/${id}/submit`);
    expect(early.status).toBe(409);
    expect(early.body).toMatchObject({ type: 'being-checked', missing: REQUIRED, current: { id } });
    await openDocuments(world.app.db, id, 'broken');
    const broken = await post(staff, `customers/${id}/submit`);
    expect(broken.body).toMatchObject({ type: 'not-complete', missing: REQUIRED });
    for (const type of REQUIRED) await upload(id, type);
    await openDocuments(world.app.db, id);
    expect((await post(staff, `customers/${id}/submit`)).body).toMatchObject({ status: 'reviewing' });
  });

  test('what came while the auditors have the file is accepted once it is open, and never when it cannot be', async () => {
    const id = await submitted();
    const late = await upload(id, 'bank_statement');
    const checking = await judge(late.id, late, 'accepted');
    expect([checking.status, checking.body.type]).toEqual([409, 'being-checked']);
    await openDocuments(world.app.db, id, 'broken');
    const failed = await documentOf(id, 'bank_statement');
    const refused = await judge(late.id, failed, 'accepted');
    expect([refused.status, refused.body.type]).toEqual([409, 'document-failed']);
    expect((await judge(late.id, failed, 'rejected')).status).toBe(200);
  });
});

describe('what was submitted', () => {
  test('is neither deleted nor moved by anybody while it is being reviewed; what came since is', async () => {
    const id = await submitted();
    const { id: old } = await documentOf(id, 'id_card_front');
    for (const person of [staff, admin]) {
      expect((await send(person, 'DELETE', `documents/${old}`)).status).toBe(409);
      expect((await send(person, 'PATCH', `documents/${old}`, { type: 'other' })).status).toBe(409);
    }
    const { id: late } = await upload(id, 'id_card_front');
    expect((await send(staff, 'PATCH', `documents/${late}`, { type: 'other' })).status).toBe(200);
    expect((await send(staff, 'DELETE', `documents/${late}`)).status).toBe(204);
  });

  test('and returned is asked for still, when an administrator has taken it out of the file', async () => {
    const id = await submitted();
    await files.addDocument(id, 'bank_statement', staff);
    const rejected = await returned(id, 'bank_statement');
    expect((await send(admin, 'DELETE', `documents/${rejected.id}`)).status).toBe(204);
    await isUpToDate(id);
    expect(await read(id)).toMatchObject({ status: 'pending', missing: ['bank_statement'] });
    const waive = { type: 'bank_statement', waived: true, reason: '另一份是清楚的' };
    expect((await post(staff, `customers/${id}/waive`, waive)).body).toMatchObject({ status: 'complete' });
  });

  test('and asked for is answered by a document that is moved there, from that moment on', async () => {
    const id = await submitted();
    const { id: misplaced } = await upload(id, 'other');
    await openDocuments(world.app.db, id);
    const { version } = await read(id);
    const asked = { decision: 'return', reason: '补件', requestedTypes: ['property_proof'] };
    expect((await decide(id, version, asked)).status).toBe(200);
    expect((await send(staff, 'PATCH', `documents/${misplaced}`, { type: 'property_proof' })).status).toBe(
      200,
    );
    expect(await read(id)).toMatchObject({ status: 'complete', missing: [] });
  });

  test('cannot be edited, whichever version somebody saw', async () => {
    const id = await made();
    const edit = (phone: string) => send(staff, 'PATCH', `customers/${id}`, { version: 1, phone });
    expect((await edit('13900000029')).status).toBe(200);
    expect((await edit('13900000030')).body.type).toBe('version-conflict');
    await submitted(id);
    const late = await edit('13900000030');
    expect([late.status, late.body.type]).toEqual([409, 'fields-frozen']);
  });
});

test('after every one of many commands in no order completeness is what the facts say, and nothing has drifted', async () => {
  const ids = [await made(), await submitted(), await submitted()];
  const random = generator(20_261_130);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const someDocument = async (id: string) => pick(await documentsOf(id));
  const types = [...REQUIRED, 'property_proof', 'other'];
  const commands: ((id: string, customer: Customer) => Promise<unknown>)[] = [
    (id) => upload(id, pick(types)).catch(() => {}),
    (id) => openDocuments(world.app.db, id),
    (id) => openDocuments(world.app.db, id, 'broken'),
    async (id) => send(pick([staff, admin]), 'DELETE', `documents/${(await someDocument(id))?.id}`),
    async (id) => send(staff, 'PATCH', `documents/${(await someDocument(id))?.id}`, { type: pick(types) }),
    async (id) => {
      const document = await someDocument(id);
      if (document) await judge(document.id, document, pick(['accepted', 'accepted', 'rejected']));
    },
    (id) => post(staff, `customers/${id}/submit`),
    (id) => post(staff, `customers/${id}/withdraw`),
    (id) =>
      post(staff, `customers/${id}/waive`, { type: pick(types), waived: random() < 0.7, reason: '已说明' }),
    (id, { version }) =>
      send(staff, 'PATCH', `customers/${id}`, { version, product: pick(['car', 'credit', null]) }),
    (id, { version }) =>
      decide(id, version, { decision: 'return', reason: '补件', requestedTypes: [pick(types)] }),
    (id, { version }) => decide(id, version, { decision: pick(['approve', 'reject']), reason: '结论' }),
    (id) => post(admin, `customers/${id}/reopen`, { reason: '重新申请' }),
  ];
  for (let n = 0; n < 150; n += 1) {
    const id = pick(ids);
    await pick(commands)(id, await read(id));
    await isUpToDate(id);
  }
  const { drifted } = await world.app.db.transaction((tx) => recalculateCustomers(tx, ids));
  expect(drifted).toEqual([]);
  const metrics = await fetch(`${origin}/metrics`, { headers: { cookie: admin.cookie } });
  expect(await metrics.text()).toMatch(/^completeness_drift_customers 0$/m);
}, 240_000);

/** Repeatable numbers in [0, 1) (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
