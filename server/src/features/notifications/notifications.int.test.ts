import { recalculateCustomers } from '@qijian/core/recalculation.ts';
import { insertDocument } from '@qijian/db/queries/documents.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Notification, NotificationListBody } from '@qijian/domain/contract/api/notifications.ts';
import { type LiveEvent, userStream } from '@qijian/domain/contract/live-events.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { addCustomer, makeLink, openPhone, tokenOf, tryCode } from '../portal/testing/phones.ts';

const REQUIRED = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];

let world: TestApp;
let admin: Person;
let owner: Person;
let submitter: Person;
let bystander: Person;
let auditor: Person;
let colleague: Person;
beforeAll(async () => {
  world = await createTestApp({ LINK_MAX_REQUESTS_PER_MINUTE: '10000' });
  admin = await world.loginAs('admin');
  owner = await world.loginAs('staff', '林晓');
  submitter = await world.loginAs('staff', '何予安');
  bystander = await world.loginAs('staff');
  auditor = await world.loginAs('auditor', '沈知远');
  colleague = await world.loginAs('auditor');
});
afterAll(() => world.close());
beforeEach(() => world.app.db.execute(sql`delete from notifications`));

const post = async (person: Person, path: string, payload: object = {}) => {
  const answer = await person.inject({ method: 'POST', url: `/api/customers/${path}`, payload });
  expect(answer.statusCode, answer.body).toBeLessThan(300);
  return answer.json();
};
const read = async (id: string): Promise<Customer> =>
  (await admin.inject({ url: `/api/customers/${id}` })).json();
const bell = async (person: Person): Promise<NotificationListBody> =>
  (await person.inject({ url: '/api/notifications' })).json();
/** Who has which notifications, of all people here. */
async function told(): Promise<Record<string, string[]>> {
  const everybody = Object.entries({ admin, owner, submitter, bystander, auditor, colleague });
  const found = await Promise.all(
    everybody.map(
      async ([name, person]) => [name, (await bell(person)).items.map(({ kind }) => kind)] as const,
    ),
  );
  return Object.fromEntries(found.filter(([, kinds]) => kinds.length > 0));
}

/** A file of `owner`, complete, handed in by `submitter` and taken by `auditor`. */
async function inReview(verdict: 'pending' | 'accepted' = 'accepted'): Promise<string> {
  const { id } = await addCustomer(owner);
  for (const type of REQUIRED) {
    const documentId = uuidv7();
    await world.app.db.transaction((tx) =>
      insertDocument(tx, {
        id: documentId,
        customerId: id,
        type,
        filename: 'a.jpg',
        mime: 'image/jpeg',
        size: 1,
        sha256: documentId,
        storageKey: documentId,
        uploadedBy: owner.id,
        uploaderName: owner.name,
        source: 'desk',
      }),
    );
    await world.app.db
      .update(documents)
      .set({ state: 'ready', pages: 1, verdict })
      .where(eq(documents.id, documentId));
  }
  await world.app.db.transaction((tx) => recalculateCustomers(tx, [id]));
  await post(submitter, `${id}/submit`, { version: (await read(id)).version });
  await post(auditor, `${id}/claim`, { version: (await read(id)).version });
  return id;
}
const decide = async (id: string, body: object) =>
  post(auditor, `${id}/decision`, { version: (await read(id)).version, ...body });

describe('who is told of what', () => {
  test('of an approval: the owner and whoever handed it in, and not the auditor', async () => {
    const id = await inReview();
    await decide(id, { decision: 'approve' });
    expect(await told()).toEqual({ owner: ['approved'], submitter: ['approved'] });
    expect((await bell(owner)).items[0]).toMatchObject({
      customer: { id },
      actor: { kind: 'user', id: auditor.id, name: auditor.name },
      readAt: null,
    });
  });

  test('of a rejection: the same', async () => {
    await decide(await inReview(), { decision: 'reject', reason: '资料不实' });
    expect(await told()).toEqual({ owner: ['rejected'], submitter: ['rejected'] });
  });

  test('of a return: the same', async () => {
    await decide(await inReview(), {
      decision: 'return',
      reason: '请补',
      requestedTypes: ['property_proof'],
    });
    expect(await told()).toEqual({ owner: ['returned'], submitter: ['returned'] });
  });

  test('of somebody who asks to take over: the holder, once while it is unread', async () => {
    const id = await inReview();
    await post(colleague, `${id}/claim/request`);
    await post(colleague, `${id}/claim/request`);
    expect(await told()).toEqual({ auditor: ['claim-requested'] });
    await auditor.inject({ method: 'POST', url: '/api/notifications/read', payload: { all: true } });
    await post(colleague, `${id}/claim/request`);
    expect(await bell(auditor)).toMatchObject({ unread: 1, items: [{}, {}] });
  });

  test('of a takeover: whoever had it', async () => {
    await post(admin, `${await inReview()}/claim/takeover`);
    expect(await told()).toEqual({ auditor: ['claimed-away'] });
  });

  test('of a link that was locked: the owner, and nobody of the first wrong codes', async () => {
    const { id } = await addCustomer(owner);
    const token = tokenOf(await makeLink(owner, id));
    for (let n = 0; n < 4; n += 1) await tryCode(world, token, '9999');
    expect(await told()).toEqual({});
    await tryCode(world, token, '9999');
    expect(await told()).toEqual({ owner: ['link-locked'] });
  });

  test('of an upload to a file that is with the auditors: staff and the auditor, once while it is unread', async () => {
    const id = await inReview();
    const phone = await openPhone(world, owner, id);
    for (const comment of ['1', '2']) {
      const picture = sampleJpeg({ width: 640, height: 400, comment });
      const sent = await phone.send('bank_statement', { [`${comment}.jpg`]: picture });
      expect(sent.statusCode, sent.body).toBe(201);
    }
    expect(await told()).toEqual({
      owner: ['upload-after-submission'],
      submitter: ['upload-after-submission'],
      auditor: ['upload-after-submission'],
    });
    const [notification] = (await bell(auditor)).items as [Notification];
    expect(notification).toMatchObject({ actor: { kind: 'customer' }, documentId: expect.any(String) });
  });

  test('of one’s own doing nobody is told, nor anybody whose account has ended', async () => {
    const { id } = await addCustomer(owner);
    const leaver = await world.loginAs('staff');
    await owner.inject({
      method: 'PATCH',
      url: `/api/customers/${id}`,
      payload: { version: 1, ownerId: leaver.id },
    });
    await world.app.db.execute(sql`update users set active = false where id = ${leaver.id}`);
    const token = tokenOf(await makeLink(owner, id));
    for (let n = 0; n < 5; n += 1) await tryCode(world, token, '9999');
    const rows = await world.app.db.execute(sql`select from notifications where user_id = ${leaver.id}`);
    expect(rows).toHaveLength(0);
  });

  test('a refused decision tells nobody', async () => {
    const id = await inReview('pending');
    const { version } = await read(id);
    const answer = await auditor.inject({
      method: 'POST',
      url: `/api/customers/${id}/decision`,
      payload: { version, decision: 'approve' },
    });
    expect(answer.statusCode).toBe(409);
    expect(await told()).toEqual({});
  });
});

test('thousands are marked as read at once, in events of a bearable size', async () => {
  const { id } = await addCustomer(owner);
  const reader = await world.loginAs('staff');
  await world.app.db.execute(sql`
    insert into notifications (id, user_id, kind, customer_id, actor)
    select gen_random_uuid(), ${reader.id}, 'mention', ${id}, '{"kind":"system","id":null,"name":""}'
    from generate_series(1, 1200)`);
  expect((await bell(reader)).unread).toBe(1200);
  await reader.inject({ method: 'POST', url: '/api/notifications/read', payload: { all: true } });
  expect((await bell(reader)).unread).toBe(0);
  while ((await sequenceBatch(world.app.db)).length > 0);
  const { events } = (
    await reader.inject({ url: `/api/streams/${userStream(reader.id)}/events` })
  ).json() as { events: LiveEvent<'notification.read'>[] };
  const sizes = events.map(({ data }) => data.ids.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
  expect(new Set(events.flatMap(({ data }) => data.ids)).size).toBe(1200);
});
