import { connectExplaining, type RunStatement } from '@qijian/e2e/fixtures/plans.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countCustomers, listCustomers } from './customer-list.ts';
import {
  countDoneToday,
  countQueue,
  listDoneToday,
  listQueue,
  lockNext,
  type QueuePage,
  type QueueWish,
} from './review-queue.ts';

const USER = '0199a000-0000-7000-8000-000000000001';
const COLLEAGUE = '0199a000-0000-7000-8000-000000000002';
const STAFF = '0199a000-0000-7000-8000-000000000003';
const LIMIT = 4 * 3_600_000;
const OF = { userId: USER, nearAfterMs: LIMIT * 0.75, limitMs: LIMIT };
const URGENT = { sort: 'waiting_since', descending: false, offset: 0, size: 50 } as const;
/** After five runs Postgres may keep a plan that is made for all values. */
const RUNS = 8;
/** The customers to whose files USER has uploaded wait the longest. */
const OWN_UPLOADS = 300;
const DONE = 300;

let database: TestDatabase;
let connection: Awaited<ReturnType<typeof connectExplaining>>;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = await connectExplaining(database.url);
  const { db } = connection;
  // A hundred thousand rows take their time on a busy machine.
  await connection.sql`set statement_timeout = 0`;
  await db.execute(sql`
    insert into users (id, username, display_name, role, password_hash) values
      (${USER}, 'a', 'A', 'auditor', 'x'), (${COLLEAGUE}, 'b', 'B', 'auditor', 'x'), (${STAFF}, 'c', 'C', 'staff', 'x')`);
  await db.execute(sql`
    insert into customers (id, name, phone, product, branch, owner_id, created_by, status, submitted_by, submitted_at,
      waiting_since, submissions, search_terms, completeness, has_returned, claimed_by, claim_until)
    select gen_random_uuid(), '客户' || n, '1380000' || lpad((n % 10000)::text, 4, '0'),
      (array['credit', 'car', 'mortgage'])[1 + n / 10 % 3], '示例' || n / 10 % 24 || '部', ${STAFF}, ${STAFF},
      case when waits then 'reviewing' when n % 10 < 7 then 'pending' else 'approved' end,
      case when n % 70 = 0 then ${USER}::uuid else ${STAFF}::uuid end,
      case when waits then now() - n * interval '1 second' end,
      case when waits then now() - n * interval '1 second' end, 1 + n / 10 % 5 / 4, array[]::text[],
      '{"items": [], "missing": [], "required": 0, "satisfied": 0, "percent": 100}', n % 50 = 1,
      case when waits and n % 300 = 0 then ${USER}::uuid when waits and n % 200 = 0 then ${COLLEAGUE}::uuid end,
      case when waits and n % 300 = 0 then now() + interval '1 hour' when waits and n % 200 = 0 then now() - interval '1 hour' end
    from (select n, n % 10 = 0 as waits from generate_series(1, 100000) n) n`);
  await db.execute(sql`
    update customers set decision = 'approved', decided_by = case when n % 3 = 0 then ${USER}::uuid else ${COLLEAGUE}::uuid end,
      decided_at = date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'
        + case when n <= ${DONE} then n else -60 * n end * interval '1 second'
    from (select id, row_number() over () as n from customers where status = 'approved') done where done.id = customers.id`);
  await db.execute(sql`
    insert into documents (id, customer_id, type, filename, mime, size, sha256, storage_key, uploaded_by, uploader_name, source)
    select gen_random_uuid(), id, 'other', 'a.jpg', 'image/jpeg', 1, 'x', 'x',
      case when row <= ${OWN_UPLOADS} and page = 1 then ${USER}::uuid else ${STAFF}::uuid end, 'C', 'desk'
    from (select id, row_number() over (order by waiting_since) as row from customers where status = 'reviewing') c,
      generate_series(1, 5) page`);
  await db.execute(sql`analyze customers`);
  await db.execute(sql`analyze documents`);
}, 120_000);
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** What is run on `customers`, each time it is run, by the plan of the first values and by that for all. */
async function plansOf(work: () => Promise<unknown>): Promise<RunStatement[]> {
  const plans = await connection.plansOf('customers', async () => {
    for (let run = 0; run < RUNS; run += 1) await work();
  });
  expect(plans.length).toBeGreaterThanOrEqual(RUNS);
  for (const { text, steps } of plans) {
    const read = steps.filter(({ table }) => table === 'customers').map(({ node }) => node);
    expect(read, text).not.toContain('Seq Scan');
  }
  return plans;
}
const indexesOf = ({ steps }: RunStatement) => steps.flatMap(({ index }) => index ?? []);
/** Customers looked at, by all steps together. */
const lookedAt = ({ steps }: RunStatement) =>
  steps.filter(({ table }) => table === 'customers').reduce((sum, { rows }) => sum + rows, 0);
const nodesOf = ({ steps }: RunStatement) => steps.map(({ node }) => node);
/** Those that choose a page; the others read its customers by their ids. */
const pagesAmong = (plans: RunStatement[]) => plans.filter(({ text }) => text.includes(' as held from '));

const SORTS: [QueuePage['sort'], boolean, string][] = [
  ['waiting_since', false, 'customers_waiting'],
  ['waiting_since', true, 'customers_waiting'],
  ['submitted_at', false, 'customers_submitted'],
  ['submitted_at', true, 'customers_submitted'],
];

test('every order of ten thousand waiting files among a hundred thousand walks its index and sorts nothing', async () => {
  for (const [sort, descending, index] of SORTS) {
    const page = { sort, descending, offset: 0, size: 50 };
    const first = await listQueue(connection.db, {}, page);
    expect(first.items).toHaveLength(50);
    for (const after of [undefined, first.next ?? undefined]) {
      const pages = pagesAmong(await plansOf(() => listQueue(connection.db, {}, { ...page, after })));
      expect(pages).toHaveLength(RUNS);
      for (const plan of pages) {
        expect(indexesOf(plan), `${sort} ${descending}`).toEqual([index]);
        expect(nodesOf(plan)).not.toContain('Sort');
      }
    }
  }
});

const WISHES: [string, QueueWish, number][] = [
  ['overdue', { waitedFrom: LIMIT }, 8561],
  ['near', { waitedFrom: OF.nearAfterMs, waitedUnder: LIMIT }, 360],
  ['not claimed', { unclaimed: true }, 9667],
  ['one’s own', { claimedBy: USER }, 333],
  ['resubmitted', { resubmitted: true }, 2000],
  ['of two products', { products: ['car', 'mortgage'] }, 6667],
  ['of a branch', { branches: ['示例3部'] }, 417],
  ['of a submitter', { submittedBy: [USER] }, 1428],
  [
    'of a product and a branch that are near',
    {
      products: ['credit'],
      branches: ['示例3部'],
      waitedFrom: OF.nearAfterMs,
      waitedUnder: LIMIT,
    },
    15,
  ],
];
test.each(WISHES)('files that are %s are found and counted by an index', async (_what, wish, many) => {
  const pages = pagesAmong(await plansOf(() => listQueue(connection.db, wish, URGENT)));
  expect(pages).toHaveLength(RUNS);
  expect((await listQueue(connection.db, wish, URGENT)).items).toHaveLength(Math.min(50, many));
  const counted = await plansOf(() => countQueue(connection.db, wish, OF));
  for (const plan of [...pages, ...counted]) expect(indexesOf(plan)[0]).toMatch(/^customers_/);
  // The clock goes on while the test runs.
  expect(Math.abs((await countQueue(connection.db, wish, OF)).wanted - many)).toBeLessThan(20);
});

test('the figures are counted without reading the customers who are not with the auditors', async () => {
  for (const plan of await plansOf(() => countQueue(connection.db, {}, OF)))
    expect(indexesOf(plan)).toHaveLength(1);
  expect(await countQueue(connection.db, {}, OF)).toMatchObject({ all: 10_000, claimed: 333, mine: 333 });
});

test('the next file is found by walking what waits, past those one may not have', async () => {
  const found = new Set<string | null>();
  const plans = await plansOf(async () => {
    found.add(await connection.db.transaction((tx) => lockNext(tx, USER)));
  });
  for (const plan of plans) {
    expect(indexesOf(plan)).toEqual(['customers_waiting', expect.stringMatching(/^documents_/)]);
    expect(nodesOf(plan)).not.toContain('Sort');
  }
  for (const plan of plans) expect(lookedAt(plan)).toBe(OWN_UPLOADS + 1);
  const [expected] = await connection.sql`
    select id from customers c where status = 'reviewing' and (claim_until is null or claim_until < now())
      and not exists (select from documents where customer_id = c.id and uploaded_by = ${USER})
    order by waiting_since limit 1`;
  expect([...found]).toEqual([expected?.id]);
});

test('what was decided today is read by the time of the decision, of all and of one auditor', async () => {
  for (const decidedBy of [undefined, USER]) {
    const first = await listDoneToday(connection.db, { decidedBy, size: 20 });
    expect(first.items).toHaveLength(20);
    for (const after of [undefined, first.next ?? undefined]) {
      const plans = await plansOf(() => listDoneToday(connection.db, { decidedBy, after, size: 20 }));
      const pages = plans.filter(({ text }) => text.includes('order by'));
      expect(pages).toHaveLength(RUNS);
      for (const plan of pages) expect(indexesOf(plan)).toContain('customers_decided');
    }
    const counted = await plansOf(() => countDoneToday(connection.db, decidedBy));
    for (const plan of counted) expect(indexesOf(plan)).toEqual(['customers_decided']);
    expect(await countDoneToday(connection.db, decidedBy)).toBe(decidedBy ? DONE / 3 : DONE);
  }
});

test('files that were returned and not yet submitted again are listed and counted by an index', async () => {
  const returned = { statuses: ['pending'], returned: true };
  const page = { sort: 'updatedAt', descending: true, offset: 0, size: 50 } as const;
  const listed = await plansOf(() => listCustomers(connection.db, returned, page));
  const counted = await plansOf(() => countCustomers(connection.db, [returned]));
  for (const plan of [...listed, ...counted]) expect(indexesOf(plan)).toContain('customers_returned');
  expect(await countCustomers(connection.db, [returned])).toEqual([{ count: 1000, isExact: false }]);
});

test('the first page looks at no more customers than it shows', async () => {
  const pages = pagesAmong(await plansOf(() => listQueue(connection.db, {}, URGENT)));
  // One more tells whether there is a next page.
  for (const page of pages) expect(lookedAt(page)).toBe(51);
});

test('that nobody’s file is left is found by the index too', async () => {
  await connection.sql`
    update customers set claimed_by = ${USER}, claim_until = now() + interval '1 hour' where status = 'reviewing'`;
  await connection.sql`analyze customers`;
  const plans = await plansOf(async () =>
    expect(await connection.db.transaction((tx) => lockNext(tx, COLLEAGUE))).toBeNull(),
  );
  for (const plan of plans) expect(indexesOf(plan)[0]).toMatch(/^customers_/);
});

test('what waits for one person among a hundred thousand customers is found by the indexes made for it', async () => {
  const todo = { userId: STAFF, dueBefore: new Date() };
  await connection.db.execute(sql`
    insert into notifications (id, user_id, kind, customer_id, actor)
    select gen_random_uuid(), ${STAFF}, 'mention', id, '{}' from customers where status = 'reviewing' limit 40`);
  const counted = await countCustomers(connection.db, [{ todo }]);
  // Two thousand were returned; forty others are with the auditors, and somebody wrote about them.
  expect(counted).toEqual([{ count: 1000, isExact: false }]);
  const page = { sort: 'updatedAt', descending: true, offset: 0, size: 15 } as const;
  for (const work of [
    () => countCustomers(connection.db, [{ todo }]),
    () => listCustomers(connection.db, { todo }, page),
  ])
    for (const plan of await plansOf(work)) {
      expect(indexesOf(plan)).toContain('customers_todo');
      expect(lookedAt(plan)).toBeLessThan(30_000);
    }
});
