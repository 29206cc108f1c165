import { connect } from '@qijian/db/client.ts';
import { readCatalog } from '@qijian/db/queries/catalog.ts';
import { documentFacts } from '@qijian/db/queries/document-facts.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { DOCUMENT_STATES, documents, VERDICTS } from '@qijian/db/schema/documents.ts';
import { users } from '@qijian/db/schema/users.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { calculateCompleteness, completenessOf } from './completeness.ts';

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
const userId = uuidv7();
const customer = { id: uuidv7(), product: null, requestedTypes: [], excusedTypes: [] };
const TYPES = ['statement', 'contract'];
const GROUPS = [uuidv7(), uuidv7()];

beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 3 });
  const { db, sql } = connection;
  const person = { username: 'staff', displayName: 'Staff', role: 'staff', passwordHash: 'none' } as const;
  await db.insert(users).values({ id: userId, ...person });
  await sql`insert into document_types (code, name_zh, name_en, required, "order", min_pages, max_age_days)
    values ('statement', 's', 's', true, 1, 4, 30), ('contract', 'c', 'c', true, 2, 2, null)`;
  await db.insert(customers).values({
    id: customer.id,
    name: '李华',
    phone: '13900001111',
    searchTerms: [],
    completeness: { required: 0, satisfied: 0, percent: 0, items: [], missing: [], checking: [] },
    createdBy: userId,
  });
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** An hour of the last 40 days, often of those about which a statement runs out at midnight in China. */
const moment = fc
  .oneof(fc.integer({ min: 0, max: 40 * 24 }), fc.integer({ min: 29 * 24, max: 32 * 24 }))
  .map((hours) => new Date(Date.now() - hours * 3_600_000));
const anyDocument = fc.record({
  type: fc.constantFrom(...TYPES),
  pages: fc.option(fc.integer({ min: 1, max: 3 })),
  // Mostly alike, so that many are read as one.
  state: fc.constantFrom('ready' as const, 'ready' as const, ...DOCUMENT_STATES),
  verdict: fc.constantFrom('pending' as const, 'pending' as const, ...VERDICTS),
  createdAt: moment,
  movedAt: fc.option(moment),
  reviewedAt: fc.option(moment),
  deletedAt: fc.option(moment, { freq: 1 }),
  groupId: fc.option(fc.constantFrom(...GROUPS), { freq: 1 }),
  pageIndex: fc.integer({ min: 0, max: 3 }),
  pageTotal: fc.option(fc.integer({ min: 1, max: 4 })),
});

test('documents that count alike are read as one, and the completeness is that of each by itself', async () => {
  const { db } = connection;
  await fc.assert(
    fc.asyncProperty(fc.array(anyDocument, { minLength: 1, maxLength: 25 }), async (given) => {
      await db.delete(documents);
      await db.insert(documents).values(
        given.map((one) => ({
          ...one,
          pageIndex: one.groupId ? one.pageIndex : null,
          pageTotal: one.groupId ? one.pageTotal : null,
          ...{ id: uuidv7(), customerId: customer.id, filename: 'a', mime: 'image/jpeg', size: 1 },
          ...{ sha256: 'x', storageKey: 'x', uploaderName: 'Staff', source: 'desk' as const },
        })),
      );
      const rows = await db.select().from(documents).where(eq(documents.customerId, customer.id));
      const telling = rows
        .filter((row) => row.deletedAt === null || row.verdict === 'rejected')
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
      const each = completenessOf(
        {
          catalog: await readCatalog(db),
          documents: new Map([[customer.id, telling.map(documentFacts)]]),
        },
        customer,
      );
      expect(await calculateCompleteness(db, customer)).toEqual(each);
    }),
    { numRuns: 150 },
  );
});
