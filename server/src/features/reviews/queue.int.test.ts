import { releaseExpired } from '@qijian/core/claims.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let admin: Person;
let staff: Person;
let auditor: Person;
let colleague: Person;
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp({ REVIEW_LEASE_SECONDS: '30' });
  admin = await world.loginAs('admin');
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  colleague = await world.loginAs('auditor');
  files = reviewFiles(world, staff);
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.app.db.execute(sql`update customers set deleted_at = now() where deleted_at is null`);
});

const queue = async (person: Person, query = ''): Promise<QueueBody> => {
  const answer = await person.inject({ method: 'GET', url: `/api/review-queue${query}` });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
};
const ids = (body: QueueBody) => body.items.map(({ customer }) => customer.id);
const next = (person: Person) => files.post(person, '/api/review-queue/next');
const claim = async (person: Person, id: string) => {
  const { version } = await files.read(id);
  return (await files.post(person, `/api/customers/${id}/claim`, { version })).json();
};

describe('the queue', () => {
  test('the longest waiting is first, with its level, who submitted it and the figures of the whole', async () => {
    const fresh = await files.submitted('pending');
    const near = await files.submitted('pending', { minutes: 200 });
    const late = await files.submitted('pending', { minutes: 250 });
    const body = await queue(auditor);
    expect(ids(body)).toEqual([late.id, near.id, fresh.id]);
    expect(body.items.map(({ sla }) => sla.level)).toEqual(['overdue', 'near', 'normal']);
    expect(body.items[0]).toMatchObject({
      submittedBy: { id: staff.id, displayName: staff.name },
      submissions: 1,
      resubmitted: false,
      claim: null,
      sla: { limitMs: 4 * 3_600_000 },
    });
    expect(body.items[0]?.waitingMs).toBeGreaterThanOrEqual(250 * 60_000);
    expect(body.counts).toMatchObject({ all: 3, unclaimed: 3, claimed: 0, overdue: 1, near: 1, normal: 1 });
    expect(body.averageWaitingMs / 60_000).toBeCloseTo(150, 0);
    expect(ids(await queue(auditor, '?level=near'))).toEqual([near.id]);
    expect(ids(await queue(auditor, '?level=normal'))).toEqual([fresh.id]);
    expect(ids(await queue(auditor, '?overdue=true'))).toEqual([late.id]);
    expect(ids(await queue(auditor, '?sort=waiting'))).toEqual([fresh.id, near.id, late.id]);
    expect(ids(await queue(auditor, '?sort=-submitted'))).toEqual([fresh.id, near.id, late.id]);
  });

  test('filters by claim, product and submitter go together with the total', async () => {
    const car = await files.submitted('pending', { product: 'car' });
    const credit = await files.submitted('pending', { product: 'credit', minutes: 5 });
    await claim(auditor, car.id);
    expect(ids(await queue(auditor, '?mine=true'))).toEqual([car.id]);
    expect(ids(await queue(colleague, '?mine=true'))).toEqual([]);
    expect(ids(await queue(auditor, '?unclaimed=true'))).toEqual([credit.id]);
    const cars = await queue(auditor, `?product=car&submittedBy=${staff.id}`);
    expect(ids(cars)).toEqual([car.id]);
    expect(cars).toMatchObject({ total: 1, counts: { all: 2, claimed: 1, mine: 1 } });
    expect(cars.items[0]?.claim).toMatchObject({ by: { id: auditor.id }, progress: { judged: 0, total: 5 } });
    expect(ids(await queue(auditor, '?submittedBy=me'))).toEqual([]);
    const wrong = await auditor.inject({ method: 'GET', url: '/api/review-queue?submittedBy=x' });
    expect(wrong.statusCode).toBe(422);
  });

  test('pages by cursor show every file once', async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push((await files.submitted('pending', { minutes: 10 - n })).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const body: QueueBody = await queue(auditor, `?pageSize=2${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...ids(body));
      cursor = body.nextCursor;
    } while (cursor);
    expect(seen).toEqual(made);
    expect(ids(await queue(auditor, '?pageSize=2&page=2'))).toEqual(made.slice(2, 4));
    const foreign = (await queue(auditor, '?pageSize=2')).nextCursor;
    const other = await auditor.inject({
      method: 'GET',
      url: `/api/review-queue?sort=submitted&cursor=${foreign}`,
    });
    expect(other.statusCode).toBe(422);
  });

  test('the time stands still while a file is with the customer, and it comes back as resubmitted', async () => {
    const { id, version } = await files.submitted('accepted', { minutes: 100 });
    const returned = await files.post(auditor, `/api/customers/${id}/decision`, {
      version,
      decision: 'return',
      reason: '补件',
      requestedTypes: ['property_proof'],
    });
    expect(returned.statusCode).toBe(200);
    expect(ids(await queue(auditor))).toEqual([]);
    const done = await auditor.inject({ method: 'GET', url: '/api/review-queue/done-today?mine=true' });
    expect(done.json().items.map((item: { customer: { id: string } }) => item.customer.id)).toContain(id);
    expect(done.json().items[0]).toMatchObject({ decision: 'returned', decidedBy: { id: auditor.id } });
    const others = await colleague.inject({ method: 'GET', url: '/api/review-queue/done-today?mine=true' });
    expect(others.json()).toMatchObject({ items: [], total: 0 });
    // Three hours with the customer.
    await world.app.db.execute(
      sql`update customers set decided_at = decided_at - interval '3 hours' where id = ${id}`,
    );
    await world.app.db.execute(
      sql`update documents set created_at = created_at - interval '1 day' where customer_id = ${id}`,
    );
    await files.addDocument(id, 'property_proof', staff);
    const again = await files.post(staff, `/api/customers/${id}/submit`, {
      version: (await files.read(id)).version,
    });
    expect(again.statusCode, again.body).toBe(200);
    const [row] = (await queue(auditor, '?resubmitted=true')).items;
    expect(row).toMatchObject({ submissions: 2, resubmitted: true, supplements: 1 });
    expect(row?.customer.review).toMatchObject({ judged: 5, total: 6 });
    expect((row?.waitingMs ?? 0) / 60_000).toBeCloseTo(100, 0);
  });

  test('what was returned earlier is no part of what is judged, and documents of one type are one piece', async () => {
    const { id } = await files.submitted('pending');
    const front = await files.documentOf(id, 'id_card_front');
    const refused = await files.post(auditor, `/api/documents/${front.id}/review`, {
      version: front.version,
      verdict: 'rejected',
      reasonCode: 'blurred',
    });
    expect(refused.statusCode).toBe(200);
    expect((await files.read(id)).review).toMatchObject({ judged: 1, total: 5 });
    const { version } = await files.read(id);
    const decision = { version, decision: 'return', reason: '请重拍' };
    expect((await files.post(auditor, `/api/customers/${id}/decision`, decision)).statusCode).toBe(200);
    for (const type of ['id_card_front', 'bank_statement']) await files.addDocument(id, type, staff);
    const again = { version: (await files.read(id)).version };
    expect((await files.post(staff, `/api/customers/${id}/submit`, again)).statusCode).toBe(200);
    expect((await files.read(id)).review).toMatchObject({ judged: 0, total: 5 });
    const listed = await staff.inject({ method: 'GET', url: '/api/customers?status=reviewing' });
    expect(listed.json().items[0].review).toMatchObject({ judged: 0, total: 5 });
  });

  test('staff have no queue', async () => {
    expect((await staff.inject({ method: 'GET', url: '/api/review-queue' })).statusCode).toBe(403);
    expect((await next(staff)).statusCode).toBe(403);
  });
});

describe('the next file', () => {
  test('is the longest waiting that nobody has and that one has not uploaded to', async () => {
    const own = await files.submitted('pending', { minutes: 90 });
    await world.app.db.execute(sql`
      update documents set uploaded_by = ${auditor.id} where customer_id = ${own.id} and type = 'id_card_front'`);
    const taken = await files.submitted('pending', { minutes: 80 });
    await claim(colleague, taken.id);
    const ran = await files.submitted('pending', { minutes: 70 });
    await claim(colleague, ran.id);
    await files.runOut(ran.id);
    const last = await files.submitted('pending', { minutes: 60 });
    expect((await next(auditor)).json().customerId).toBe(ran.id);
    expect((await next(auditor)).json().customerId).toBe(last.id);
    const empty = await next(auditor);
    expect(empty.json().type).toBe('queue-empty');
    expect((await next(admin)).json().customerId).toBe(own.id);
  });
});

describe('a claim', () => {
  test('runs out without a sign of life: it is shown to nobody, its holder is told, and it is released with an event', async () => {
    const { id } = await files.submitted('pending');
    const mine = await claim(auditor, id);
    const alive = await files.post(auditor, `/api/customers/${id}/claim/heartbeat`);
    expect(alive.json()).toMatchObject({ leaseSeconds: 30 });
    expect(await releaseExpired(world.app.db, 100)).toBe(0);
    await files.runOut(id);
    expect((await queue(colleague)).items[0]?.claim).toBeNull();
    expect((await queue(colleague)).counts).toMatchObject({ claimed: 0, unclaimed: 1 });
    const late = await files.post(auditor, `/api/customers/${id}/claim/heartbeat`);
    expect(late.statusCode).toBe(409);
    expect(late.json().type).toBe('claim-lost');
    const rounds = await Promise.all([1, 2, 3].map(() => releaseExpired(world.app.db, 100)));
    expect(rounds.reduce((sum, many) => sum + many, 0)).toBe(1);
    const told = (await files.eventsOf(id)).filter(({ type }) => type === 'customer.released');
    expect(told).toHaveLength(1);
    expect(await files.read(id)).toMatchObject({ claimedBy: null, revision: mine.revision + 1 });
    expect(await files.auditOf(id, 'customer.released')).toBe(1);
    const decided = await files.post(auditor, `/api/customers/${id}/decision`, {
      version: mine.version,
      decision: 'reject',
      reason: '信息不一致',
    });
    expect(decided.json()).toMatchObject({ type: 'claim-lost', current: { id } });
  });

  test('goes on with all others that one has, but for those that have run out, and for nobody else’s', async () => {
    const [kept, other, late, theirs] = await Promise.all([1, 2, 3, 4].map(() => files.submitted('pending')));
    for (const { id } of [kept, other, late] as Customer[]) await claim(auditor, id);
    await claim(colleague, theirs?.id as string);
    await world.app.db.execute(sql`update customers set claim_until = clock_timestamp() + interval '10 seconds'
      where claimed_by is not null and deleted_at is null`);
    await files.runOut(late?.id as string);
    const beat = await files.post(auditor, '/api/review-queue/heartbeat');
    expect(beat.json()).toEqual({ claims: 2, leaseSeconds: 30 });
    const rows = await world.app.db.execute<{ id: string; seconds: number }>(sql`
      select id, extract(epoch from claim_until - clock_timestamp())::float8 as seconds from customers
      where claimed_by is not null and deleted_at is null`);
    const goesOn = rows.filter(({ seconds }) => seconds > 15).map(({ id }) => id);
    expect(goesOn.toSorted()).toEqual([kept?.id, other?.id].toSorted());
    await world.app.db.execute(
      sql`update customers set claimed_by = null, claimed_at = null, claim_until = null where deleted_at is null`,
    );
  });

  test('goes on with every verdict of whoever has it', async () => {
    const { id } = await files.submitted('pending');
    await claim(auditor, id);
    await world.app.db.execute(
      sql`update customers set claim_until = clock_timestamp() + interval '2 seconds' where id = ${id}`,
    );
    const row = await files.documentOf(id, 'id_card_front');
    const verdict = { version: row.version, verdict: 'accepted' };
    expect((await files.post(auditor, `/api/documents/${row.id}/review`, verdict)).statusCode).toBe(200);
    const [left] = await world.app.db.execute<{ seconds: number }>(sql`
      select extract(epoch from claim_until - clock_timestamp())::float8 as seconds from customers where id = ${id}`);
    expect(left?.seconds).toBeGreaterThan(15);
    await files.post(auditor, `/api/customers/${id}/release`, {});
  });

  test('is ended by an administrator, and whoever had it is told and refused', async () => {
    const { id } = await files.submitted('pending');
    const { version } = await claim(auditor, id);
    const foreign = await files.post(colleague, `/api/customers/${id}/release`, { version });
    expect(foreign.json().type).toBe('already-claimed');
    const ended = await files.post(admin, `/api/customers/${id}/release`, { version });
    expect(ended.json()).toMatchObject({ claimedBy: null });
    const [notified] = await world.app.db.execute<{ many: number }>(sql`
      select count(*)::int as many from notifications
      where user_id = ${auditor.id} and customer_id = ${id} and kind = 'claimed-away'`);
    expect(notified?.many).toBe(1);
    expect((await files.post(auditor, `/api/customers/${id}/claim/heartbeat`)).json().type).toBe(
      'claim-lost',
    );
  });

  test('of a deleted customer is released too, and holds up no other', async () => {
    const gone = await files.submitted('pending');
    const kept = await files.submitted('pending');
    for (const { id } of [gone, kept]) {
      await claim(auditor, id);
      await files.runOut(id);
    }
    await world.app.db.execute(sql`update customers set deleted_at = now() where id = ${gone.id}`);
    expect(await releaseExpired(world.app.db, 100)).toBe(2);
    expect((await files.read(kept.id)).claimedBy).toBeNull();
  });

  test('is asked for once, and handed over by its holder', async () => {
    const { id } = await files.submitted('pending');
    const free = await files.post(colleague, `/api/customers/${id}/claim/request`);
    expect(free.json().type).toBe('state-conflict');
    await claim(auditor, id);
    for (let n = 0; n < 2; n += 1) {
      const asked = await files.post(colleague, `/api/customers/${id}/claim/request`);
      expect(asked.json()).toEqual({ holder: { id: auditor.id, displayName: auditor.name } });
    }
    const [notified] = await world.app.db.execute<{ many: number }>(sql`
      select count(*)::int as many from notifications
      where user_id = ${auditor.id} and customer_id = ${id} and kind = 'claim-requested'`);
    expect(notified?.many).toBe(1);
    const grant = `/api/customers/${id}/claim/grant`;
    expect((await files.post(colleague, grant, { userId: colleague.id })).json().type).toBe('claim-lost');
    expect((await files.post(auditor, grant, { userId: staff.id })).statusCode).toBe(422);
    const granted = await files.post(auditor, grant, { userId: colleague.id });
    expect(granted.json().claimedBy).toEqual({ id: colleague.id, displayName: colleague.name });
    expect((await files.post(auditor, `/api/customers/${id}/claim/heartbeat`)).json().type).toBe(
      'claim-lost',
    );
  });

  test('is taken over by administrators only; who had it is notified and refused from then on', async () => {
    const { id } = await files.submitted('pending');
    await claim(auditor, id);
    expect((await files.post(colleague, `/api/customers/${id}/claim/takeover`)).statusCode).toBe(403);
    const taken = await files.post(admin, `/api/customers/${id}/claim/takeover`);
    expect(taken.json().claimedBy.id).toBe(admin.id);
    const [notified] = await world.app.db.execute<{ many: number }>(sql`
      select count(*)::int as many from notifications
      where user_id = ${auditor.id} and customer_id = ${id} and kind = 'claimed-away'`);
    expect(notified?.many).toBe(1);
    const row = await files.documentOf(id, 'id_card_front');
    const verdict = await files.post(auditor, `/api/documents/${row.id}/review`, {
      version: row.version,
      verdict: 'accepted',
    });
    expect(verdict.statusCode).toBe(409);
    expect(verdict.json()).toMatchObject({ type: 'claim-lost', current: { id: row.id, verdict: 'pending' } });
  });
});
