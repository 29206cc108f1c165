import { seedCustomers } from '@qijian/e2e/fixtures/seed-customers.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../client.ts';
import type { ListFilter, SortKey } from './customer-filter.ts';
import { countCustomers, type ListMark, listBranches, listCustomers } from './customer-list.ts';

const MANY = 1500;
const DAY = 86_400_000;

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
let owners: string[];
let stored: Stored[];
/** By person: the customers where something unread is addressed to them. */
let mentioned: Map<string, string[]>;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedCustomers(database.url, MANY);
  connection = connect(database.url, { max: 2 });
  await connection.sql`update customers set deleted_at = now() where number % 20 = 0`;
  owners = (await connection.sql`select id from users order by id limit 3`).map((row) => row.id as string);
  await connection.sql`update customers set requested_types = '[{"type":"other","reason":""}]'
    where number % 17 = 0 and status = 'pending'`;
  await connection.sql`insert into notifications (id, user_id, kind, customer_id, actor, read_at)
    select gen_random_uuid(), u.id, case when c.number % 3 = 0 then 'mention' else 'returned' end, c.id, '{}',
           case when c.number % 4 = 0 then now() end
    from customers c cross join (select id from users order by id limit 2) u where c.number % 30 < 12`;
  const unread = await connection.sql<{ userId: string; ids: string[] }[]>`
    select user_id as "userId", array_agg(customer_id::text) as ids from notifications
    where kind = 'mention' and read_at is null group by user_id`;
  mentioned = new Map(unread.map(({ userId, ids }) => [userId, ids]));
  stored = await connection.sql<Stored[]>`select * from customers`;
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** So small that every way of finding is taken by some filters of a small table. */
const bounds = fc
  .record({
    count: fc.integer({ min: 20, max: 100 }),
    countSearch: fc.integer({ min: 20, max: 100 }),
    typed: fc.integer({ min: 0, max: 60 }),
    near: fc.integer({ min: 1, max: 400 }),
    hits: fc.integer({ min: 0, max: 100 }),
  })
  .map((chosen) => ({ ...chosen, hits: chosen.hits + Math.max(chosen.count, chosen.countSearch) }));
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const filters = fc.record({
  search: some(fc.constantFrom('王', '李', '邱', '思', '王思', '雨桐', '138', '47', 'QJ-7', '没有')),
  statuses: some(fc.subarray(['pending', 'complete', 'reviewing', 'rejected'], { minLength: 1 })),
  products: some(fc.subarray(['credit', 'car', 'unknown'], { minLength: 1 })),
  branches: some(fc.subarray(['示例1部', '示例2部', 'unknown'], { minLength: 1 })),
  owners: some(fc.subarray([0, 1, 2, null], { minLength: 1 })),
  missing: some(fc.constantFrom('credit_report', 'property_proof', 'unknown')),
  onlyMissing: some(fc.boolean()),
  returned: some(fc.constant(true)),
  todo: some(fc.record({ owner: fc.integer({ min: 0, max: 2 }), due: fc.integer({ min: -10, max: 700 }) })),
  updatedSince: some(fc.integer({ min: 1, max: 700 })),
  dueBefore: some(fc.integer({ min: -10, max: 700 })),
  deleted: some(fc.constant(true)),
});
/** Most filters have one or two parts. */
const filter = fc
  .tuple(
    filters,
    fc.subarray(
      [
        'search',
        'statuses',
        'products',
        'branches',
        'owners',
        'missing',
        'onlyMissing',
        'returned',
        'todo',
        'updatedSince',
        'dueBefore',
        'deleted',
      ] as const,
      { maxLength: 3 },
    ),
  )
  .map(([all, kept]): ListFilter => {
    const now = Date.now();
    const chosen = Object.fromEntries(kept.map((name) => [name, all[name]])) as typeof all;
    return {
      ...chosen,
      owners: chosen.owners?.map((n) => (n === null ? null : (owners[n] as string))),
      todo: chosen.todo && {
        userId: owners[chosen.todo.owner] as string,
        dueBefore: new Date(now - chosen.todo.due * DAY),
      },
      updatedSince: chosen.updatedSince === undefined ? undefined : new Date(now - chosen.updatedSince * DAY),
      dueBefore: chosen.dueBefore === undefined ? undefined : new Date(now - chosen.dueBefore * DAY),
    };
  });
const sort = fc.constantFrom<SortKey>('updatedAt', 'createdAt', 'dueAt', 'number');

/** The same rows by looking at all of them. */
function plainly(filter: ListFilter, key: SortKey, descending: boolean): string[] {
  const column = (
    { updatedAt: 'updated_at', createdAt: 'created_at', dueAt: 'due_at', number: 'number' } as const
  )[key];
  const rows = stored.toSorted((a, b) => {
    const [x, y] = [a[column] ?? '~', b[column] ?? '~'];
    const order = x === y ? (a.id < b.id ? -1 : 1) : x < y ? -1 : 1;
    return descending ? -order : order;
  });
  const has = <T>(list: T[] | undefined, value: T) => !list || list.includes(value);
  const text = filter.search;
  return rows
    .filter(
      (row) =>
        (row.deleted_at !== null) === (filter.deleted === true) &&
        has(filter.statuses, row.status) &&
        (!filter.products || (row.product !== null && has(filter.products, row.product))) &&
        (!filter.branches || (row.branch !== null && has(filter.branches, row.branch))) &&
        has(filter.owners, row.owner_id) &&
        (!filter.missing ||
          (row.missing.includes(filter.missing) && (!filter.onlyMissing || row.missing.length === 1))) &&
        (!filter.returned || row.has_returned) &&
        (!filter.todo || waits(row, filter.todo)) &&
        (!filter.updatedSince || new Date(row.updated_at) >= filter.updatedSince) &&
        (!filter.dueBefore || (row.due_at !== null && new Date(row.due_at) < filter.dueBefore)) &&
        (!text ||
          (/^\d/.test(text)
            ? String(row.number) === text ||
              (text.length >= 4 && (row.phone.endsWith(text) || (row.id_number ?? '').endsWith(text)))
            : text.startsWith('QJ')
              ? `QJ-${row.number}` === text
              : row.name.includes(text))),
    )
    .map((row) => row.id);
}
function waits(row: Stored, todo: NonNullable<ListFilter['todo']>): boolean {
  if (mentioned.get(todo.userId)?.includes(row.id)) return true;
  if (row.owner_id !== todo.userId || row.deleted_at !== null) return false;
  return (
    row.status === 'complete' ||
    (row.status === 'pending' && (row.has_returned || row.requested_types.length > 0)) ||
    (row.status === 'pending' && row.due_at !== null && new Date(row.due_at) < todo.dueBefore)
  );
}
interface Stored {
  id: string;
  number: number;
  name: string;
  phone: string;
  id_number: string | null;
  status: string;
  product: string | null;
  branch: string | null;
  owner_id: string | null;
  missing: string[];
  has_returned: boolean;
  requested_types: { type: string }[];
  updated_at: string;
  created_at: string;
  due_at: string | null;
  deleted_at: string | null;
}

describe('listing customers', () => {
  test('every way of finding them finds the same rows in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(filter, sort, fc.boolean(), bounds, async (filter, sort, descending, bounds) => {
        const expected = plainly(filter, sort, descending);
        const page = { sort, descending, offset: 0, size: 12 };
        const first = await listCustomers(connection.db, filter, page, bounds);
        expect(first.items.map(({ id }) => id)).toEqual(expected.slice(0, 12));
        if (first.totalIsExact) expect(first.total).toBe(expected.length);
        else {
          expect(first.total).toBeLessThan(expected.length);
          expect(first.total).toBe(filter.search ? bounds.countSearch : bounds.count);
        }
        const third = await listCustomers(connection.db, filter, { ...page, offset: 24 }, bounds);
        expect(third.items.map(({ id }) => id)).toEqual(expected.slice(24, 36));
        let after: ListMark | null = first.next;
        let seen = first.items.map(({ id }) => id);
        for (let pages = 0; after && pages < 4; pages++) {
          const next = await listCustomers(connection.db, filter, { ...page, after }, bounds);
          seen = [...seen, ...next.items.map(({ id }) => id)];
          expect(next.total).toBe(first.total);
          after = next.next;
        }
        expect(seen).toEqual(expected.slice(0, seen.length));
        if (!after) expect(seen).toHaveLength(expected.length);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  test('counts of several filters are those of the table, up to the bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(filter, { minLength: 1, maxLength: 4 }), async (filters) => {
        const counts = await countCustomers(connection.db, filters);
        for (const [index, filter] of filters.entries()) {
          const many = plainly(filter, 'number', false).length;
          expect(counts[index]).toEqual({ count: Math.min(many, 1000), isExact: many <= 1000 });
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('all branches are listed once, in order', async () => {
    const rows = await connection.sql`
      select distinct branch from customers where branch is not null and deleted_at is null order by branch`;
    expect(await listBranches(connection.db)).toEqual(rows.map((row) => row.branch));
  });
});
