import { recalculateCustomers } from '@qijian/core/recalculation.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

const REQUIRED = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];

let world: TestApp;
let admin: Person;
let staff: Person;
let auditor: Person;
let colleague: Person;
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin');
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  colleague = await world.loginAs('auditor');
  files = reviewFiles(world, staff);
});
afterAll(() => world.close());

const post = (person: Person, id: string, path: string, payload: object) =>
  person.inject({ method: 'POST', url: `/api/customers/${id}/${path}`, payload });
const read = async (id: string): Promise<Customer> =>
  (await admin.inject({ method: 'GET', url: `/api/customers/${id}` })).json();
const recalculate = (id: string) => world.app.db.transaction((tx) => recalculateCustomers(tx, [id]));

/** A customer of `staff` with every required document, accepted from an earlier round, as far as this state. */
async function customerIn(
  state: 'pending' | 'complete' | 'reviewing' | 'approved' | 'rejected',
  verdict: 'pending' | 'accepted' = 'accepted',
): Promise<Customer> {
  const made = await staff.inject({
    method: 'POST',
    url: '/api/customers',
    payload: { name: '王小明', phone: '13800000021' },
  });
  const { id } = made.json() as Customer;
  if (state !== 'pending') {
    for (const type of REQUIRED) await files.addDocument(id, type, staff, verdict);
    await recalculate(id);
  }
  if (state !== 'pending' && state !== 'complete') {
    await post(staff, id, 'submit', { version: (await read(id)).version });
    if (state !== 'reviewing') {
      await world.app.db
        .update(customers)
        .set({ status: state, waitingSince: null })
        .where(eq(customers.id, id));
    }
  }
  const customer = await read(id);
  expect(customer.status).toBe(state);
  return customer;
}

const eventsOf = async (id: string) => (await files.eventsOf(id)).map(({ type }) => type);
const many = (events: string[], type: string) => events.filter((event) => event === type).length;

describe('submitting', () => {
  test('a complete file goes to the auditors', async () => {
    const { id, version } = await customerIn('complete');
    const answer = await post(staff, id, 'submit', { version });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ status: 'reviewing', version: version + 1, claimedBy: null });
    expect((await eventsOf(id)).at(-1)).toBe('customer.submitted');
    expect(await files.auditOf(id, 'customer.submitted')).toBe(1);
  });

  test('a file from which something was deleted in between is refused with what is missing', async () => {
    const { id, version } = await customerIn('complete');
    await world.app.db
      .update(documents)
      .set({ deletedAt: new Date() })
      .where(sql`customer_id = ${id} and type = 'bank_statement'`);
    // The row still says complete: nothing has calculated since.
    expect((await read(id)).status).toBe('complete');
    const answer = await post(staff, id, 'submit', { version });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ type: 'not-complete', missing: ['bank_statement'] });
    expect(await eventsOf(id)).not.toContain('customer.submitted');
  });

  test('an incomplete file is refused, and one that changed since too', async () => {
    const { id, version } = await customerIn('pending');
    const early = await post(staff, id, 'submit', { version });
    expect(early.statusCode).toBe(409);
    expect(early.json().missing).toEqual(REQUIRED);
    const stale = await post(staff, id, 'submit', { version: version + 1 });
    expect(stale.json()).toMatchObject({ type: 'version-conflict', current: { id, version } });
  });
});

describe('the state machine', () => {
  const reason = '资料不清楚';
  const COMMANDS: Record<string, { path: string; body: object }> = {
    submit: { path: 'submit', body: {} },
    withdraw: { path: 'withdraw', body: {} },
    approve: { path: 'decision', body: { decision: 'approve' } },
    reject: { path: 'decision', body: { decision: 'reject', reason } },
    return: { path: 'decision', body: { decision: 'return', reason, requestedTypes: ['property_proof'] } },
    reopen: { path: 'reopen', body: { reason } },
  };
  /** command, from, who → to. Everything that is not here is refused. */
  const TABLE: [command: string, from: string, who: string[], to: string][] = [
    ['submit', 'complete', ['staff', 'admin'], 'reviewing'],
    ['approve', 'reviewing', ['auditor', 'admin'], 'approved'],
    ['reject', 'reviewing', ['auditor', 'admin'], 'rejected'],
    ['return', 'reviewing', ['auditor', 'admin'], 'pending'],
    ['withdraw', 'reviewing', ['staff', 'admin'], 'complete'],
    ['reopen', 'rejected', ['staff', 'admin'], 'complete'],
    ['reopen', 'approved', ['admin'], 'complete'],
  ];
  const STATES = ['pending', 'complete', 'reviewing', 'approved', 'rejected'] as const;

  for (const command of Object.keys(COMMANDS)) {
    test(`${command} is taken from whom and where the table says, and refused otherwise`, async () => {
      const { path, body } = COMMANDS[command] as { path: string; body: object };
      for (const from of STATES) {
        for (const person of [admin, staff, auditor]) {
          const { id, version } = await customerIn(from);
          const line = TABLE.find(
            (row) => row[0] === command && row[1] === from && row[2].includes(person.role),
          );
          const answer = await post(person, id, path, { version, ...body });
          const label = `${person.role} ${command} ${from}`;
          if (line) {
            expect(answer.statusCode, label).toBe(200);
            expect(answer.json(), label).toMatchObject({ status: line[3], version: version + 1 });
          } else {
            expect([403, 409], label).toContain(answer.statusCode);
            expect(await read(id), label).toMatchObject({ version, status: from });
          }
        }
      }
    });
  }

  test('rejecting, returning and reopening need a reason', async () => {
    const reviewing = await customerIn('reviewing');
    const rejected = await customerIn('rejected');
    for (const [customer, person, path, body] of [
      [reviewing, auditor, 'decision', { decision: 'reject' }],
      [reviewing, auditor, 'decision', { decision: 'return', reason: '  ' }],
      [rejected, staff, 'reopen', {}],
    ] as const) {
      const answer = await post(person, customer.id, path, { version: customer.version, ...body });
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors[0].path).toBe('reason');
    }
  });

  test('what a return asks for is required of this customer from then on, with the reason', async () => {
    const { id, version } = await customerIn('reviewing');
    const body = { version, decision: 'return', reason, requestedTypes: ['property_proof'] };
    const unknown = await post(auditor, id, 'decision', { ...body, requestedTypes: ['other', 'nothing'] });
    expect(unknown.statusCode).toBe(422);
    expect(unknown.json().errors[0].path).toBe('requestedTypes.1');
    const answer = await post(auditor, id, 'decision', body);
    expect(answer.json()).toMatchObject({
      status: 'pending',
      missing: ['property_proof'],
      requestedTypes: [{ type: 'property_proof', reason }],
      completeness: { required: 6, satisfied: 5 },
    });
    await files.addDocument(id, 'property_proof', staff);
    await recalculate(id);
    expect(await read(id)).toMatchObject({ status: 'complete', missing: [] });
  });

  test('withdrawing what is no longer complete goes back to pending', async () => {
    const { id, version } = await customerIn('reviewing');
    await world.app.db
      .update(documents)
      .set({ verdict: 'rejected' })
      .where(sql`customer_id = ${id} and type = 'id_card_back'`);
    const answer = await post(staff, id, 'withdraw', { version });
    expect(answer.json()).toMatchObject({ status: 'pending', missing: ['id_card_back'] });
  });
});

describe('claiming', () => {
  test('of fifty claims at one moment one wins', async () => {
    const { id, version } = await customerIn('reviewing');
    const people = [
      auditor,
      colleague,
      ...(await Promise.all([1, 2, 3].map(() => world.loginAs('auditor')))),
    ];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        post(people[n % people.length] as Person, id, 'claim', { version }),
      ),
    );
    // Whoever has it may say so again.
    const holder = (await read(id)).claimedBy?.id;
    for (const [n, { statusCode }] of answers.entries())
      expect(statusCode).toBe(people[n % people.length]?.id === holder ? 200 : 409);
    expect(many(await eventsOf(id), 'customer.claimed')).toBe(1);
    expect(await files.auditOf(id, 'customer.claimed')).toBe(1);
  });

  test('a claimed file is neither withdrawn, claimed, released nor decided by others', async () => {
    const { id, version } = await customerIn('reviewing');
    const claimed = (await post(auditor, id, 'claim', { version })).json();
    expect(claimed.claimedBy).toEqual({ id: auditor.id, displayName: auditor.name });
    const now = { version: claimed.version };
    for (const [person, path, body] of [
      [staff, 'withdraw', now],
      [colleague, 'claim', now],
      [colleague, 'release', now],
      [colleague, 'decision', { ...now, decision: 'approve' }],
    ] as const) {
      const answer = await post(person, id, path, body);
      expect(answer.statusCode, path).toBe(409);
      expect(answer.json(), path).toMatchObject({ type: 'already-claimed', current: { id } });
    }
    expect((await post(auditor, id, 'claim', now)).json().version).toBe(claimed.version);
    const released = await post(auditor, id, 'release', now);
    // Who has a file is nothing to look at again: what was read of it still holds.
    const { revision } = claimed;
    expect(released.json()).toMatchObject({ claimedBy: null, version, revision: revision + 1 });
    expect((await post(staff, id, 'withdraw', {})).statusCode).toBe(200);
  });

  test('an administrator releases for others', async () => {
    const { id, version } = await customerIn('reviewing');
    await post(auditor, id, 'claim', { version });
    const answer = await post(admin, id, 'release', { version });
    expect(answer.json()).toMatchObject({ claimedBy: null });
  });
});

describe('deciding', () => {
  test('of two hundred decisions at one moment one counts, with one event and one audit row', async () => {
    const { id, version } = await customerIn('reviewing');
    const people = [auditor, colleague, admin];
    const decisions = [
      { decision: 'approve' },
      { decision: 'reject', reason: '信息不一致' },
      { decision: 'return', reason: '补件', requestedTypes: ['property_proof'] },
    ];
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        post(people[n % 3] as Person, id, 'decision', { version, ...decisions[Math.floor(n / 3) % 3] }),
      ),
    );
    const won = answers.filter(({ statusCode }) => statusCode === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(199);
    const customer = await read(id);
    const type = {
      approved: 'customer.approved',
      rejected: 'customer.rejected',
      pending: 'customer.returned',
    }[customer.status as 'approved'];
    expect(won[0]?.json().status).toBe(customer.status);
    const decided = (await eventsOf(id)).filter((event) => /approved|rejected|returned/.test(event));
    expect(decided).toEqual([type]);
    expect(await files.auditOf(id, type)).toBe(1);
  });

  test('nobody decides on a file they uploaded to, not even an administrator', async () => {
    const { id } = await customerIn('complete');
    const document = await files.addDocument(id, 'other', admin);
    const { version } = (await post(staff, id, 'submit', { version: (await read(id)).version })).json();
    for (const decision of ['approve', 'reject', 'return']) {
      const answer = await post(admin, id, 'decision', { version, decision, reason: '好' });
      expect(answer.statusCode, decision).toBe(403);
      expect(answer.json().type).toBe('own-upload');
    }
    const verdict = await admin.inject({
      method: 'POST',
      url: `/api/documents/${document}/review`,
      payload: { version: 1, verdict: 'accepted' },
    });
    expect(verdict.statusCode).toBe(403);
    expect((await post(auditor, id, 'decision', { version, decision: 'approve' })).statusCode).toBe(200);
  });

  test('a file that is not complete is not approved', async () => {
    const { id, version } = await customerIn('reviewing');
    await world.app.db
      .update(documents)
      .set({ verdict: 'rejected' })
      .where(sql`customer_id = ${id} and type = 'id_card_front'`);
    const answer = await post(auditor, id, 'decision', { version, decision: 'approve' });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ type: 'not-complete', missing: ['id_card_front'] });
  });
});

describe('verdicts', () => {
  const verdict = (person: Person, id: string, payload: object) =>
    person.inject({ method: 'POST', url: `/api/documents/${id}/review`, payload });
  const oneOf = async (customerId: string) => {
    const [row] = await world.app.db.select().from(documents).where(eq(documents.customerId, customerId));
    return row as typeof documents.$inferSelect;
  };

  test('a verdict is for the version that was looked at', async () => {
    const { id } = await customerIn('reviewing');
    const row = await oneOf(id);
    const first = await verdict(auditor, row.id, { version: row.version, verdict: 'accepted' });
    expect(first.statusCode).toBe(200);
    expect(first.json()).toMatchObject({ verdict: 'accepted', version: row.version + 1 });
    const stale = await verdict(colleague, row.id, {
      version: row.version,
      verdict: 'rejected',
      reasonCode: 'blurred',
    });
    expect(stale.statusCode).toBe(409);
    expect(stale.json()).toMatchObject({
      type: 'version-conflict',
      current: { id: row.id, verdict: 'accepted', version: row.version + 1 },
    });
    expect(many(await eventsOf(id), 'document.reviewed')).toBe(1);
  });

  test('a rejection needs a reason of the list, and stops the document from counting', async () => {
    const { id } = await customerIn('reviewing');
    const row = await oneOf(id);
    const body = { version: row.version, verdict: 'rejected' };
    const bare = await verdict(auditor, row.id, body);
    expect(bare.statusCode).toBe(422);
    expect(bare.json().errors[0].path).toBe('reasonCode');
    const secret = '疑似伪造，勿告知客户';
    const answer = await verdict(auditor, row.id, {
      ...body,
      reasonCode: 'blurred',
      message: '请重新拍摄',
      privateNote: secret,
      region: { page: 1, x: 0.6, y: 0.5, width: 0.3, height: 0.4 },
    });
    expect(answer.json()).toMatchObject({
      verdict: 'rejected',
      reasonCode: 'blurred',
      message: '请重新拍摄',
      region: { page: 1, x: 0.6, y: 0.5, width: 0.3, height: 0.4 },
    });
    expect(answer.body).not.toContain(secret);
    await recalculate(id);
    expect(await read(id)).toMatchObject({ status: 'reviewing', missing: [row.type] });
    const [event] = await world.app.db.execute<{ many: number }>(sql`
      select (select count(*) from stream_event e where e::text like ${`%${secret}%`})
           + (select count(*) from outbox o where o::text like ${`%${secret}%`}) as many`);
    expect(Number(event?.many)).toBe(0);
  });

  test('there are no verdicts outside a review, nor on a file that a colleague has claimed', async () => {
    const complete = await oneOf((await customerIn('complete')).id);
    const early = await verdict(auditor, complete.id, { version: complete.version, verdict: 'accepted' });
    expect(early.json().type).toBe('state-conflict');
    const { id, version } = await customerIn('reviewing');
    await post(colleague, id, 'claim', { version });
    const row = await oneOf(id);
    const foreign = await verdict(auditor, row.id, { version: row.version, verdict: 'accepted' });
    expect(foreign.statusCode).toBe(409);
    expect(foreign.json().type).toBe('already-claimed');
  });
});
