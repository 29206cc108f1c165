import { readCustomerEvents } from '@qijian/db/queries/customers.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { EVENT_KINDS, feedOf, kindOfEvent } from '@qijian/domain/rules/event-kinds.ts';
import { connectExplaining } from '@qijian/e2e/fixtures/plans.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let staff: Person;
let auditor: Person;
let id: string;
/** The whole log of the customer, newest first. */
let all: LiveEvent[];
beforeAll(async () => {
  world = await createTestApp();
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  const files = reviewFiles(world, staff);
  id = (await files.submitted('pending')).id;
  for (let n = 0; n < 7; n += 1) {
    await files.post(staff, `/api/customers/${id}/comments`, { body: `第 ${n} 条` });
    const { version } = await files.read(id);
    await staff.inject({
      method: 'PATCH',
      url: `/api/customers/${id}`,
      payload: { version, note: `备注 ${n}` },
    });
  }
  await files.post(staff, `/api/customers/${id}/links`, {});
  await files.post(auditor, `/api/customers/${id}/claim`, { version: (await files.read(id)).version });
  while ((await sequenceBatch(world.app.db)).length > 0);
  all = (await page('?limit=200')).events;
  expect(new Set(all.map(({ type }) => kindOfEvent(type)))).toEqual(
    new Set(['state', 'review', 'field', 'comment', 'link']),
  );
});
afterAll(() => world.close());

const get = (query: string) => auditor.inject({ url: `/api/customers/${id}/events${query}` });
async function page(query: string): Promise<{ events: LiveEvent[]; head: number }> {
  const answer = await get(query);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
const ofKinds = (...kinds: (string | null)[]) => all.filter(({ type }) => kinds.includes(kindOfEvent(type)));

describe('the operation log of a customer', () => {
  test('shows only the events of a kind, and of several, as they are in the whole', async () => {
    for (const kind of EVENT_KINDS) {
      expect((await page(`?kinds=${kind}&limit=200`)).events).toEqual(ofKinds(kind));
    }
    expect((await page('?kinds=comment,review')).events).toEqual(ofKinds('comment', 'review'));
    expect((await page('?kinds=document')).events).toEqual([]);
  });

  test('is paged within its kinds, back and forth, each event once and full pages until the last', async () => {
    const wanted = ofKinds('comment', 'field');
    expect(wanted.length).toBeGreaterThanOrEqual(14);
    const { head } = await page('?limit=1');
    const back: LiveEvent[] = [];
    for (let before = head + 1; ; before = back.at(-1)?.seq as number) {
      const { events, head: now } = await page(`?kinds=comment,field&limit=4&before=${before}`);
      expect(now).toBe(head);
      back.push(...events);
      if (events.length < 4) break;
    }
    expect(back).toEqual(wanted);
    const forth: LiveEvent[] = [];
    for (let after = 0; ; after = forth.at(-1)?.seq as number) {
      const { events } = await page(`?kinds=comment,field&limit=4&after=${after}`);
      forth.push(...events);
      if (events.length < 4) break;
    }
    expect(forth).toEqual(wanted.toReversed());
  });

  test.each(['nothing', 'comment,nothing', '', 'comment,', 'Comment', 'customer.created'])(
    'refuses kinds it does not know and names the field: %s',
    async (kinds) => {
      const answer = await get(`?kinds=${kinds}`);
      expect(answer.statusCode).toBe(422);
      expect(answer.json()).toMatchObject({ type: 'validation-failed', errors: [{ path: 'kinds' }] });
    },
  );

  test('of one kind is read by the index of its stream among three hundred thousand events', async () => {
    const connection = await connectExplaining(world.databaseUrl);
    try {
      await connection.sql`
        insert into stream_event (stream, seq, event_id, entity_type, entity_id, version, type, at, actor, data)
        select 'customer:' || gen_random_uuid(), seq, gen_random_uuid(), 'customer', '', seq, type, now(), '{}', '{}'
        from generate_series(1, 3000) customer,
          unnest(array['customer.updated', 'comment.added', 'document.added', 'link.created']) with ordinality as t (type, k),
          lateral (select (n - 1) * 4 + k as seq from generate_series(1, 25) n) s`;
      await connection.sql`analyze stream_event`;
      for (const range of [{}, { before: 30 }, { after: 3 }]) {
        const plans = await connection.plansOf('stream_event', async () => {
          // After five runs Postgres may keep a plan that is made for all values.
          for (let run = 0; run < 8; run += 1)
            await readCustomerEvents(connection.db, id, {
              ...range,
              limit: 5,
              feed: feedOf(['comment']),
            });
        });
        expect(plans).toHaveLength(8);
        for (const { steps } of plans) {
          expect(steps.flatMap(({ index }) => index ?? [])).toEqual(['stream_event_stream_seq_pk']);
          expect(steps.map(({ node }) => node)).not.toContain('Sort');
        }
      }
    } finally {
      await connection.close();
    }
  });
});

describe('what happened to all customers', () => {
  const read = async (query: string) => {
    const answer = await auditor.inject({ url: `/api/activity${query}` });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json() as { events: LiveEvent[]; head: { seq: number }; next: number | null };
  };

  test('is read newest first, in pages that leave nothing out, and only of the kinds asked for', async () => {
    const { events: whole, head, next } = await read('?limit=100');
    expect(next).toBeNull();
    expect(head.seq).toBe(whole[0]?.seq);
    expect(whole.map(({ type }) => type)).toContain('customer.created');
    const paged: LiveEvent[] = [];
    for (let before: number | null = head.seq + 1; before !== null; ) {
      const page: Awaited<ReturnType<typeof read>> = await read(`?limit=3&before=${before}`);
      paged.push(...page.events);
      before = page.next;
    }
    expect(paged).toEqual(whole);
    expect((await read('?kinds=field')).events).toEqual(
      whole.filter(({ type }) => kindOfEvent(type) === 'field'),
    );
    expect((await auditor.inject({ url: '/api/activity?kinds=weather' })).statusCode).toBe(422);
  });

  test('is found behind thousands of previews that became ready, a bounded part of the log at a time', async () => {
    const { sql } = await connectExplaining(world.databaseUrl);
    const before = await read('?limit=100');
    await sql`
      insert into stream_event (stream, seq, event_id, entity_type, entity_id, version, type, at, actor, data)
      select 'customers', ${before.head.seq} + n, gen_random_uuid(), 'document', '', 1, 'document.ready', now(), '{}', '{}'
      from generate_series(1, 5000) n`;
    await sql`update stream_head set seq = seq + 5000 where stream = 'customers'`;
    await sql.end();
    const first = await read('');
    expect(first.events).toEqual([]);
    const found: LiveEvent[] = [];
    let pages = 0;
    for (let next = first.next; next !== null; pages += 1) {
      const page = await read(`?limit=100&before=${next}`);
      found.push(...page.events);
      next = page.next;
    }
    expect(found).toEqual(before.events);
    expect(pages).toBeLessThanOrEqual(3);
  });
});
