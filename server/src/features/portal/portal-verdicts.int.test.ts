import { portalStream } from '@qijian/domain/contract/live-events.ts';
import type { PortalItem } from '@qijian/domain/rules/portal.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { openPhone, type Phone } from './testing/phones.ts';

const SENTENCE = '卡纳里：请重拍';
const REJECTED = {
  verdict: 'rejected',
  reasonCodes: ['blurred', 'glare'],
  message: SENTENCE,
  privateNote: '卡纳里：疑似翻拍',
  region: { page: 1, x: 0.1, y: 0.2, width: 0.3, height: 0.4 },
};

let world: TestApp;
let staff: Person;
let auditor: Person;
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp({ LINK_MAX_REQUESTS_PER_MINUTE: '10000' });
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  files = reviewFiles(world, staff);
});
afterAll(() => world.close());

/** All that the customer's page has: the checklist as it was answered, and what was told to the open page. */
async function known(phone: Phone, id: string): Promise<string> {
  const { body, statusCode } = await phone.inject({ url: '/api/portal/checklist' });
  expect(statusCode, body).toBe(200);
  const stream = portalStream(id);
  const told = await world.app.db.execute(sql`
    select type, data::text from stream_event where stream = ${stream}
    union all select type, data::text from outbox where stream = ${stream}`);
  // The head follows the events, which are compared themselves; the clock runs.
  return JSON.stringify([
    { ...JSON.parse(body), head: null, now: null },
    [...told].map((row) => JSON.stringify(row)).sort(),
  ]);
}
async function judge(id: string, type: string, payload: object): Promise<void> {
  const { id: document, version } = await files.documentOf(id, type);
  const answer = await files.post(auditor, `/api/documents/${document}/review`, { version, ...payload });
  expect(answer.statusCode, answer.body).toBe(200);
}
async function change(person: Person, id: string, command: string, payload: object = {}): Promise<void> {
  const { version } = await files.read(id);
  const answer = await files.post(person, `/api/customers/${id}/${command}`, { version, ...payload });
  expect(answer.statusCode, answer.body).toBe(200);
}
async function itemOf(phone: Phone, type: string): Promise<PortalItem | undefined> {
  return (await phone.checklist()).items.find((item) => item.type === type);
}

describe('between a verdict and the decision the customer’s page', () => {
  test('is to the letter what it was before; with the decision it tells the sentence and the region', async () => {
    const { id } = await files.submitted('pending');
    const phone = await openPhone(world, staff, id);
    const before = await known(phone, id);
    await change(auditor, id, 'claim');
    expect(await known(phone, id)).toBe(before);
    await judge(id, 'id_card_front', { verdict: 'accepted', privateNote: '卡纳里' });
    expect(await known(phone, id)).toBe(before);
    await judge(id, 'id_card_back', REJECTED);
    expect(await known(phone, id)).toBe(before);
    await judge(id, 'id_card_back', { verdict: 'accepted' });
    await judge(id, 'id_card_back', REJECTED);
    expect(await known(phone, id)).toBe(before);
    expect(before).not.toContain('卡纳里');
    await change(auditor, id, 'decision', { decision: 'return', reason: '请补齐' });
    const after = await known(phone, id);
    expect(after).not.toBe(before);
    expect(after).not.toContain('疑似翻拍');
    expect(await itemOf(phone, 'id_card_front')).toMatchObject({ state: 'accepted' });
    const { message, region } = REJECTED;
    expect(await itemOf(phone, 'id_card_back')).toMatchObject({
      state: 'returned',
      returned: { reasonCodes: ['blurred', 'glare'], message, region },
    });
  });

  test('tells nothing when the file is withdrawn after a verdict, nor while it is submitted again', async () => {
    const { id } = await files.submitted('pending');
    const phone = await openPhone(world, staff, id);
    await judge(id, 'id_card_front', { verdict: 'accepted' });
    await judge(id, 'id_card_back', REJECTED);
    await change(staff, id, 'withdraw');
    const withdrawn = await known(phone, id);
    expect(withdrawn).not.toContain('卡纳里');
    for (const type of ['id_card_front', 'id_card_back']) {
      expect(await itemOf(phone, type)).toMatchObject({ state: 'received', returned: null });
    }
    await files.addDocument(id, 'id_card_back', staff);
    await change(staff, id, 'submit');
    expect(await known(phone, id)).not.toContain('卡纳里');
    const body = { decision: 'return', reason: '请补齐', requestedTypes: ['property_proof'] };
    await change(auditor, id, 'decision', body);
    expect(await itemOf(phone, 'id_card_front')).toMatchObject({ state: 'accepted' });
  });

  test('keeps showing what was decided last time on documents that are judged again', async () => {
    const { id } = await files.submitted('pending');
    const phone = await openPhone(world, staff, id);
    await judge(id, 'id_card_front', { verdict: 'accepted' });
    await judge(id, 'id_card_back', REJECTED);
    await change(auditor, id, 'decision', { decision: 'return', reason: '请补齐' });
    await files.addDocument(id, 'id_card_back', staff);
    await change(staff, id, 'submit');
    const before = await known(phone, id);
    await judge(id, 'id_card_front', { ...REJECTED, message: '卡纳里：第二次' });
    expect(await known(phone, id)).toBe(before);
    await judge(id, 'id_card_front', { verdict: 'accepted', privateNote: '卡纳里' });
    await judge(id, 'id_card_front', { ...REJECTED, message: '卡纳里：第三次' });
    expect(await known(phone, id)).toBe(before);
    await change(auditor, id, 'decision', { decision: 'return', reason: '请再补' });
    expect(await itemOf(phone, 'id_card_front')).toMatchObject({
      state: 'returned',
      returned: { message: '卡纳里：第三次' },
    });
  });
});
