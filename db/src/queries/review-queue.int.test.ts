import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../client.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { countQueue, listQueue, type QueuePage, queueCountsSql, queuePageSql } from './review-queue.ts';

const USER = '0199a000-0000-7000-8000-000000000001';
const LIMIT = 4 * 3_600_000;
const OF = { userId: USER, nearAfterMs: LIMIT * 0.75, limitMs: LIMIT };

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 2 });
  const { db } = connection;
  await db.execute(sql`
    insert into users (id, username, display_name, role, password_hash) values (${USER}, 'a', 'A', 'auditor', 'x')`);
  await db.execute(sql`
    insert into customers (id, name, phone, product, owner_id, created_by, status, submitted_by, submitted_at, waiting_since, submissions, search_terms, completeness)
    select gen_random_uuid(), '客户' || n, '1380000' || lpad((n % 10000)::text, 4, '0'), 'credit', ${USER}, ${USER},
      case when n % 10 = 0 then 'reviewing' else 'pending' end, ${USER},
      case when n % 10 = 0 then now() - n * interval '1 second' end,
      case when n % 10 = 0 then now() - n * interval '1 second' end, 1, array[]::text[], '{"items": [], "missing": [], "required": 0, "satisfied": 0, "percent": 100}'
    from generate_series(1, 100000) n`);
  await db.execute(sql`analyze customers`);
}, 120_000);
afterAll(async () => {
  await connection.close();
  await database.drop();
});

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  Plans?: Plan[];
}
async function explain(
  statement: ReturnType<typeof sql>,
): Promise<{ indexes: string[]; nodes: string[]; ms: number }> {
  const rows = await connection.db.execute<{ 'QUERY PLAN': [{ Plan: Plan; 'Execution Time': number }] }>(
    sql`explain (analyze, format json) ${statement}`,
  );
  const found = rows[0]?.['QUERY PLAN'][0];
  if (!found) throw new Error('There is no plan');
  const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];
  const plans = flat(found.Plan);
  return {
    indexes: plans.flatMap((plan) => plan['Index Name'] ?? []),
    nodes: plans.map((plan) => plan['Node Type']),
    ms: found['Execution Time'],
  };
}

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
      const { indexes, nodes } = await explain(queuePageSql({}, { ...page, after }));
      expect(indexes, `${sort} ${descending}`).toEqual([index]);
      expect(nodes).not.toContain('Sort');
    }
  }
});

test('overdue and near ones are found by the index of what is waiting', async () => {
  const page = { sort: 'waiting_since', descending: false, offset: 0, size: 50 } as const;
  for (const wish of [{ waitedFrom: LIMIT }, { waitedFrom: OF.nearAfterMs, waitedUnder: LIMIT }]) {
    const { indexes, nodes } = await explain(queuePageSql(wish, page));
    expect(indexes).toEqual(['customers_waiting']);
    expect(nodes).not.toContain('Sort');
  }
});

test('the figures are counted without reading the customers who are not with the auditors', async () => {
  const { indexes, nodes } = await explain(queueCountsSql({}, OF));
  expect(nodes).not.toContain('Seq Scan');
  expect(indexes).toHaveLength(1);
  expect(await countQueue(connection.db, {}, OF)).toMatchObject({ all: 10_000, claimed: 0, wanted: 10_000 });
});

test('the first page takes less than twenty milliseconds of the database', async () => {
  const page = { sort: 'waiting_since', descending: false, offset: 0, size: 50 } as const;
  const runs = [];
  for (let n = 0; n < 5; n += 1) runs.push((await explain(queuePageSql({}, page))).ms);
  expect(Math.min(...runs)).toBeLessThan(20);
});
