import { customers } from '@qijian/db/schema/customers.ts';
import type { CustomerListAnswer } from '@qijian/domain/contract/api/customer-list.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { CUSTOMER_STATES } from '@qijian/domain/rules/customer-states.ts';
import { customerSearchTerms } from '@qijian/domain/rules/search-terms.ts';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

const MANY = 200;
const START = Date.UTC(2026, 0, 1);
const PRODUCTS = ['credit', 'car', null];
const BRANCHES = ['杭州西湖部', '宁波部', null];
const TYPES = ['id_card_front', 'bank_statement', 'credit_report'];
const NAMES = ['王小明', '王明', '明小王', '欧阳思远', '李', 'Anna Li', 'ANNA', '李 华', '小王小明'];

type Row = typeof customers.$inferInsert & {
  number: number;
  missing: string[];
  updatedAt: Date;
  createdAt: Date;
};
let world: TestApp;
let admin: Person;
let staff: Person;
let rows: Row[];
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin');
  staff = await world.loginAs('staff');
  const owners = [staff.id, admin.id, null];
  const row = fc.record({
    name: fc.constantFrom(...NAMES),
    tail: fc.integer({ min: 0, max: 9999 }),
    status: fc.constantFrom(...CUSTOMER_STATES),
    ownerId: fc.constantFrom(...owners),
    product: fc.constantFrom(...PRODUCTS),
    branch: fc.constantFrom(...BRANCHES),
    missing: fc.subarray(TYPES),
    // Few different moments, so that many rows share one.
    updated: fc.integer({ min: 0, max: 20 }),
    due: fc.option(fc.integer({ min: 0, max: 20 })),
    deleted: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  });
  rows = fc.sample(row, MANY).map((made, index): Row => {
    const phone = `1381234${String(made.tail).padStart(4, '0')}`;
    const number = 1000 + index;
    const { name, status, ownerId, product, branch, missing } = made;
    return {
      id: uuidv7(),
      number,
      name,
      phone,
      status,
      ownerId,
      product,
      branch,
      missing,
      searchTerms: customerSearchTerms({ number, name, phone, idNumber: null }),
      completeness: { required: 5, satisfied: 0, percent: 0, items: [], missing, checking: [] },
      createdBy: staff.id,
      createdAt: new Date(START + (made.updated % 7) * 1000),
      updatedAt: new Date(START + made.updated * 60_000),
      dueAt: made.due === null ? null : new Date(START + made.due * 60_000),
      deletedAt: made.deleted ? new Date(START) : null,
    };
  });
  await world.app.db.insert(customers).values(rows);
});
afterAll(() => world.close());

const list = async (query: Record<string, string>, person = staff): Promise<CustomerListAnswer> => {
  const answer = await person.inject({ method: 'GET', url: '/api/customers', query });
  expect(answer.statusCode, `${JSON.stringify(query)} ${answer.body}`).toBe(200);
  return answer.json();
};

/** What the list promises, said as simply as can be. */
function naive(query: Record<string, string>): string[] {
  const any = (name: string, value: string | null | undefined) =>
    !query[name] || query[name].split(',').includes(value ?? 'none');
  const words = query.search?.toLowerCase().trim().split(/\s+/) ?? [];
  const found = rows.filter(
    (row) =>
      Boolean(row.deletedAt) === (query.deleted === 'true') &&
      any('status', row.status) &&
      any('product', row.product) &&
      any('branch', row.branch) &&
      any('assignee', row.ownerId === staff.id ? 'me' : row.ownerId) &&
      (!query.missing ||
        (query.onlyMissing === 'true'
          ? row.missing.join() === query.missing
          : row.missing.includes(query.missing))) &&
      words.every((word) =>
        /^\d+$/.test(word)
          ? String(row.number) === word || (word.length >= 4 && row.phone.endsWith(word))
          : row.name
              .toLowerCase()
              .split(' ')
              .some((part) => part.includes(word)),
      ),
  );
  const sort = query.sort ?? '-updatedAt';
  const sign = sort.startsWith('-') ? -1 : 1;
  const key = sort.replace('-', '') as 'updatedAt' | 'createdAt' | 'dueAt' | 'number';
  const sortValue = (row: Row) => (row[key] === null ? Number.POSITIVE_INFINITY : Number(row[key]));
  const compare = (a: Row, b: Row) => {
    const [x, y] = [sortValue(a), sortValue(b)];
    return sign * (x === y ? (a.id < b.id ? -1 : 1) : x < y ? -1 : 1);
  };
  return found.toSorted(compare).map(({ id }) => id);
}

const query = fc
  .record(
    {
      search: fc.constantFrom(
        '王',
        '小明',
        '王小明',
        '王明',
        'anna',
        'Anna Li',
        'AN',
        '李',
        '1007',
        '0021',
        '没有',
      ),
      status: fc.subarray([...CUSTOMER_STATES], { minLength: 1 }).map((states) => states.join()),
      product: fc.constantFrom('credit', 'car', 'credit,car'),
      branch: fc.constantFrom('宁波部', '杭州西湖部,宁波部'),
      assignee: fc.constantFrom('me', 'none', 'me,none'),
      missing: fc.constantFrom(...TYPES),
      onlyMissing: fc.constantFrom('true', 'false'),
      sort: fc.constantFrom(
        '-updatedAt',
        'updatedAt',
        '-createdAt',
        'createdAt',
        'dueAt',
        '-dueAt',
        'number',
        '-number',
      ),
    },
    { requiredKeys: [] },
  )
  .map((parts) => ({ ...parts }) as Record<string, string>);

describe('the list', () => {
  test('shows what a simple filter shows, in the same order and number', async () => {
    await fc.assert(
      fc.asyncProperty(query, async (query) => {
        const expected = naive(query);
        const answer = await list({ ...query, pageSize: '100' });
        expect(answer.items.map(({ id }) => id)).toEqual(expected.slice(0, 100));
        expect(answer).toMatchObject({ total: expected.length, totalIsExact: true });
      }),
      { numRuns: 120 },
    );
  });

  test('shows "my tasks" as many as the figure beside it says: complete, or due', async () => {
    const expected = rows.filter(
      (row) =>
        row.ownerId === staff.id &&
        !row.deletedAt &&
        (row.status === 'complete' || (row.status === 'pending' && row.dueAt)),
    );
    const answer = await list({ todo: 'true', pageSize: '100' });
    expect(answer.items.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
    const facets = (await staff.inject({ url: '/api/customers/facets' })).json();
    expect(facets.todo).toEqual({ count: expected.length, isExact: true });
    const [first] = expected;
    const found = await list({ todo: 'true', search: `QJ-${first?.number}` });
    expect(found.items.map(({ id }) => id)).toEqual([first?.id]);
  });

  test('followed by its cursor shows every row once, whatever the order', async () => {
    await fc.assert(
      fc.asyncProperty(query, fc.integer({ min: 7, max: 60 }), async (query, pageSize) => {
        const ids: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: CustomerListAnswer = await list({
            ...query,
            pageSize: String(pageSize),
            ...(cursor ? { cursor } : {}),
          });
          ids.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
        }
        expect(ids).toEqual(naive(query));
      }),
      { numRuns: 25 },
    );
  });

  test('by page number shows the same rows', async () => {
    const expected = naive({});
    for (const page of [1, 2, 5]) {
      const answer = await list({ page: String(page), pageSize: '20' });
      expect(answer.items.map(({ id }) => id)).toEqual(expected.slice((page - 1) * 20, page * 20));
    }
  });

  test('shows deleted customers to administrators only', async () => {
    const answer = await list({ deleted: 'true', sort: 'number', pageSize: '100' }, admin);
    expect(answer.items.map(({ id }: Customer) => id)).toEqual(naive({ deleted: 'true', sort: 'number' }));
    const refused = await staff.inject({ method: 'GET', url: '/api/customers?deleted=true' });
    expect(refused.statusCode).toBe(422);
  });

  test.each(['x', 'bm90LWEtY3Vyc29y'])('refuses the cursor %s by name', async (cursor) => {
    const answer = await staff.inject({ method: 'GET', url: '/api/customers', query: { cursor } });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].path).toBe('cursor');
  });
});
