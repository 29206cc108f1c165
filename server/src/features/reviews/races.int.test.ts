import { sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../app.ts';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let other: FastifyInstance;
let origins: string[];
let staff: Person;
let auditors: Person[];
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp();
  other = await buildApp(world.config);
  origins = [
    await world.app.listen({ port: 0, host: '127.0.0.1' }),
    await other.listen({ port: 0, host: '127.0.0.1' }),
  ];
  staff = await world.loginAs('staff');
  auditors = await Promise.all(Array.from({ length: 10 }, () => world.loginAs('auditor')));
  files = reviewFiles(world, staff);
});
afterAll(async () => {
  await other.close();
  await world.close();
});

/** The nth request, through a socket, to one of the two servers by turns. */
async function send(n: number, person: Person, method: string, path: string, body?: object | FormData) {
  const isForm = body instanceof FormData;
  const answer = await fetch(`${origins[n % 2]}${path}`, {
    method,
    headers: { cookie: person.cookie, ...(body && !isForm ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}
const auditor = (n: number): Person => auditors[n % auditors.length] as Person;
const times = <T>(many: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: many }, (_, n) => work(n)));

test('of two hundred decisions over two servers one counts, with one event and one audit row', async () => {
  const { id, version } = await files.submitted();
  const decisions = [
    { decision: 'approve' },
    { decision: 'reject', reason: '信息不一致' },
    { decision: 'return', reason: '补件', requestedTypes: ['property_proof'] },
  ];
  const answers = await times(200, (n) =>
    send(n, auditor(n), 'POST', `/api/customers/${id}/decision`, { version, ...decisions[n % 3] }),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status === 409);
  expect(refused).toHaveLength(199);
  for (const { body } of refused) expect(body).toMatchObject({ type: 'version-conflict', current: { id } });
  const told = (await files.eventsOf(id)).filter(({ type }) => /approved|rejected|returned/.test(type));
  expect(told).toHaveLength(1);
  const [audited] = await world.app.db.execute<{ many: number }>(sql`
    select count(*)::int as many from audit_log where customer_id = ${id}
      and action in ('customer.approved', 'customer.rejected', 'customer.returned')`);
  expect(audited?.many).toBe(1);
  const [notified] = await world.app.db.execute<{ most: number }>(sql`
    select coalesce(max(many), 0)::int as most from (
      select count(*) as many from notifications where customer_id = ${id} group by user_id) n`);
  expect(notified?.most).toBe(1);
});

test('of fifty claims over two servers one wins', async () => {
  const { id, version } = await files.submitted();
  const answers = await times(50, (n) =>
    send(n, auditor(n), 'POST', `/api/customers/${id}/claim`, { version }),
  );
  // Whoever has it may say so again.
  const holder = (await files.read(id)).claimedBy;
  for (const [n, { status, body }] of answers.entries()) {
    expect(status).toBe(auditor(n).id === holder?.id ? 200 : 409);
    if (status === 200) expect(body.claimedBy).toEqual(holder);
  }
  expect(await files.auditOf(id, 'customer.claimed')).toBe(1);
});

test('fifty who ask for the next file at one moment get different ones, until none is left', async () => {
  await world.app.db.execute(sql`update customers set deleted_at = now() where deleted_at is null`);
  const made = [];
  for (let n = 0; n < 40; n += 1) made.push((await files.submitted()).id);
  const answers = await times(50, (n) => send(n, auditor(n), 'POST', '/api/review-queue/next'));
  const got = answers.filter(({ status }) => status === 200).map(({ body }) => body.customerId);
  expect(new Set(got).size).toBe(got.length);
  expect(got.toSorted()).toEqual(made.toSorted());
  for (const { body } of answers.filter(({ status }) => status !== 200))
    expect(body.type).toBe('queue-empty');
});

test('of many verdicts on one version one counts', async () => {
  const { id } = await files.submitted('pending');
  const row = await files.documentOf(id, 'id_card_front');
  const answers = await times(40, (n) =>
    send(n, auditor(n), 'POST', `/api/documents/${row.id}/review`, {
      version: row.version,
      ...(n % 2 ? { verdict: 'accepted' } : { verdict: 'rejected', reasonCode: 'blurred' }),
    }),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status, body } of answers.filter(({ status }) => status !== 200)) {
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: 'version-conflict', current: { id: row.id } });
  }
  expect((await files.eventsOf(id)).filter(({ type }) => type === 'document.reviewed')).toHaveLength(1);
});

test('no verdict is given on a document after it was deleted, whoever comes first', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { id } = await files.submitted('pending');
    const row = await files.documentOf(id, 'bank_statement');
    const [verdict, deletion] = await Promise.all([
      send(round, auditor(0), 'POST', `/api/documents/${row.id}/review`, {
        version: row.version,
        verdict: 'accepted',
      }),
      send(round + 1, staff, 'DELETE', `/api/documents/${row.id}`),
    ]);
    const told = (await files.eventsOf(id)).filter(({ entity }) => entity === row.id).map(({ type }) => type);
    expect(told.filter((type) => type === 'document.reviewed')).toHaveLength(verdict.status === 200 ? 1 : 0);
    expect(told.filter((type) => type === 'document.deleted')).toHaveLength(deletion.status === 204 ? 1 : 0);
    if (deletion.status === 204) expect(told.at(-1)).toBe('document.deleted');
    expect([200, 404, 409]).toContain(verdict.status);
    expect([verdict.status, deletion.status]).toContain(verdict.status === 200 ? 200 : 204);
  }
});

test('a verdict and a new file of the same type at one moment: the verdict stays with what was looked at', async () => {
  const { id } = await files.submitted('pending');
  const row = await files.documentOf(id, 'income_proof');
  const form = new FormData();
  form.set('type', 'income_proof');
  form.set('file', new Blob(['%PDF-1.4\n%%EOF\n'], { type: 'application/pdf' }), 'b.pdf');
  const [verdict, upload] = await Promise.all([
    send(0, auditor(0), 'POST', `/api/documents/${row.id}/review`, {
      version: row.version,
      verdict: 'accepted',
    }),
    send(1, staff, 'POST', `/api/customers/${id}/documents`, form),
  ]);
  expect(upload.status).toBe(201);
  const [added] = upload.body.documents;
  expect(added.id).not.toBe(row.id);
  expect(added.verdict).toBe('pending');
  expect(verdict.status).toBe(200);
  expect(verdict.body).toMatchObject({ id: row.id, sha256: row.sha256, verdict: 'accepted' });
});
