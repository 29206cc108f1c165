import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let fourEyes: TestApp;
let staff: Person;
let auditor: Person;
let colleague: Person;
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp();
  fourEyes = await createTestApp({ REVIEW_FOUR_EYES: 'true' });
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  colleague = await world.loginAs('auditor');
  files = reviewFiles(world, staff);
});
afterAll(async () => {
  await fourEyes.close();
  await world.close();
});

const verdict = (person: Person, id: string, payload: object) =>
  files.post(person, `/api/documents/${id}/review`, payload);
const undo = (person: Person, id: string, version: number) =>
  files.post(person, `/api/documents/${id}/review/undo`, { version });
/** What was said to the customer's own page. */
const toldCustomer = async (id: string): Promise<string[]> => {
  const stream = `customer:${id}:portal`;
  const rows = await world.app.db.execute<{ type: string }>(sql`
    select type from (
      select type, seq, null::bigint as id from stream_event where stream = ${stream}
      union all select type, null, id from outbox where stream = ${stream}) told
    order by seq, id`);
  return rows.map(({ type }) => type);
};

describe('taking a verdict back', () => {
  test('restores what was there before, once, for whoever gave it, and the customer hears of neither', async () => {
    const { id } = await files.submitted('pending');
    const row = await files.documentOf(id, 'id_card_front');
    const before = await toldCustomer(id);
    const given = await verdict(auditor, row.id, {
      version: row.version,
      verdict: 'rejected',
      reasonCodes: ['blurred', 'glare'],
      message: '请重新拍摄',
      privateNote: '疑似翻拍',
    });
    expect(given.json()).toMatchObject({ verdict: 'rejected', reasonCode: 'blurred' });
    const { version } = given.json();
    const seen = await auditor.inject({ method: 'GET', url: `/api/documents/${row.id}/review` });
    expect(seen.json()).toMatchObject({
      reasonCodes: ['blurred', 'glare'],
      privateNote: '疑似翻拍',
      mayUndo: true,
    });
    const forStaff = await staff.inject({ method: 'GET', url: `/api/documents/${row.id}/review` });
    expect(forStaff.statusCode).toBe(403);
    expect((await staff.inject({ method: 'GET', url: `/api/documents/${row.id}` })).body).not.toContain(
      '翻拍',
    );
    expect((await undo(colleague, row.id, version)).json().type).toBe('state-conflict');
    expect((await undo(auditor, row.id, row.version)).json().type).toBe('version-conflict');
    const undone = await undo(auditor, row.id, version);
    expect(undone.json()).toMatchObject({ verdict: 'pending', version: version + 1 });
    expect((await undo(auditor, row.id, version + 1)).json().type).toBe('state-conflict');
    expect(await toldCustomer(id)).toEqual(before);
  });

  test('is over with the decision', async () => {
    const { id } = await files.submitted('pending');
    const row = await files.documentOf(id, 'id_card_front');
    const given = (
      await verdict(auditor, row.id, { version: row.version, verdict: 'rejected', reasonCode: 'dark' })
    ).json();
    const decided = await files.post(auditor, `/api/customers/${id}/decision`, {
      version: (await files.read(id)).version,
      decision: 'return',
      reason: '过暗',
    });
    expect(decided.statusCode).toBe(200);
    expect((await undo(auditor, row.id, given.version)).json().type).toBe('state-conflict');
  });
});

describe('a decision', () => {
  test('approves only what is accepted, document by document', async () => {
    const { id } = await files.submitted('pending');
    const early = await files.post(auditor, `/api/customers/${id}/decision`, {
      version: (await files.read(id)).version,
      decision: 'approve',
    });
    expect(early.statusCode).toBe(409);
    expect(early.json().type).toBe('not-all-accepted');
    expect(early.json().missing).toHaveLength(5);
  });

  test('returns rejected documents and further types in one event, with one notification for each person', async () => {
    const { id } = await files.submitted('pending');
    const row = await files.documentOf(id, 'id_card_back');
    await verdict(auditor, row.id, { version: row.version, verdict: 'rejected', reasonCode: 'cut_off' });
    const answer = await files.post(auditor, `/api/customers/${id}/decision`, {
      version: (await files.read(id)).version,
      decision: 'return',
      reason: '请补齐',
      requestedTypes: ['property_proof', 'household_register'],
      typeReasons: { property_proof: '需要房产证首页' },
    });
    expect(answer.json()).toMatchObject({
      status: 'pending',
      requestedTypes: [
        { type: 'property_proof', reason: '需要房产证首页' },
        // Nothing was said of it: what is written for staff is about the whole file.
        { type: 'household_register', reason: '' },
      ],
    });
    expect(answer.json().missing.toSorted()).toEqual([
      'household_register',
      'id_card_back',
      'property_proof',
    ]);
    const told = (await files.eventsOf(id)).filter(({ type }) => type === 'customer.returned');
    expect(told).toHaveLength(1);
    const notified = await world.app.db.execute<{ many: number }>(sql`
      select count(*)::int as many from notifications
      where customer_id = ${id} and kind = 'returned' group by user_id`);
    expect(notified.map(({ many }) => many)).toEqual([1]);
  });

  test('with four eyes needs a second, different auditor', async () => {
    const seller = await fourEyes.loginAs('staff');
    const [first, second] = [await fourEyes.loginAs('auditor'), await fourEyes.loginAs('auditor')];
    const own = reviewFiles(fourEyes, seller);
    const { id } = await own.submitted();
    const approve = async (person: Person) =>
      own.post(person, `/api/customers/${id}/decision`, {
        version: (await own.read(id)).version,
        decision: 'approve',
      });
    expect((await approve(first)).json()).toMatchObject({
      status: 'reviewing',
      claimedBy: null,
      review: { firstApproval: { by: { id: first.id } } },
    });
    const change = async (facts: Record<string, unknown>) => {
      const payload = { version: (await own.read(id)).version, ...facts };
      return (await seller.inject({ method: 'PATCH', url: `/api/customers/${id}`, payload })).json();
    };
    expect((await change({ note: '晚上联系' })).review.firstApproval).toMatchObject({ by: { id: first.id } });
    // What was approved by one is what the other approves.
    expect((await change({ amount: 990_000 })).type).toBe('fields-frozen');
    expect((await approve(first)).json().type).toBe('second-auditor-needed');
    expect((await own.post(first, '/api/review-queue/next')).json().type).toBe('queue-empty');
    expect((await approve(second)).json()).toMatchObject({ status: 'approved' });
  });
});
