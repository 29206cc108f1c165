import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPortalView } from '@qijian/core/portal-views.ts';
import { readUnfinishedRecalculation, recalculateCustomers } from '@qijian/core/recalculation.ts';
import { insertPresets, insertRecalculation, readLatestRecalculation } from '@qijian/db/queries/catalog.ts';
import { readFigures } from '@qijian/db/queries/figures.ts';
import { checklists } from '@qijian/db/schema/catalog.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import { streamEvents } from '@qijian/db/schema/events.ts';
import { users } from '@qijian/db/schema/users.ts';
import { customerStream, portalStream } from '@qijian/domain/contract/live-events.ts';
import { endOfDay } from '@qijian/domain/rules/china-time.ts';
import { PRESET_DOCUMENT_TYPES } from '@qijian/domain/rules/document-types.ts';
import { PRESET_PRODUCTS } from '@qijian/domain/rules/loan-products.ts';
import { removeDataDir } from '@qijian/e2e/fixtures/services.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { eq, inArray, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { handle } from '../handlers.ts';
import { startReconciler } from '../reconciler.ts';
import { openServices, type Services } from '../services.ts';

const REQUIRED = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];
const DAY = 86_400_000;
const LAST_ID = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
const userId = uuidv7();

let database: TestDatabase;
let folder: string;
let services: Services;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'qijian-recalculate-'));
  services = openServices(
    loadConfig({ DATABASE_URL: database.url, REDIS_URL: process.env.TEST_REDIS_URL, DATA_DIR: folder }),
    pino({ level: 'silent' }),
  );
  await insertPresets(services.db, PRESET_DOCUMENT_TYPES, PRESET_PRODUCTS);
  await services.db.insert(users).values({
    id: userId,
    username: 'staff',
    displayName: 'Staff',
    role: 'staff',
    passwordHash: 'none',
  });
});
afterAll(async () => {
  await services.close();
  await database.drop();
  removeDataDir(folder);
});
beforeEach(async () => {
  await services.db.execute(sql`truncate customers, documents, recalculations cascade`);
});

/** A customer whose completeness was never calculated, as no command leaves it. */
async function addCustomer(more: Partial<typeof customers.$inferInsert> = {}): Promise<string> {
  const id = uuidv7();
  await services.db.insert(customers).values({
    id,
    name: '李华',
    phone: '13900001111',
    searchTerms: [],
    completeness: { required: 0, satisfied: 0, percent: 0, items: [], missing: [], checking: [] },
    createdBy: userId,
    ...more,
  });
  return id;
}
async function addDocuments(customerId: string, types: string[], createdAt = new Date()): Promise<void> {
  await services.db.insert(documents).values(
    types.map((type) => ({
      id: uuidv7(),
      customerId,
      type,
      filename: 'a',
      mime: 'image/jpeg',
      size: 1,
      sha256: uuidv7(),
      storageKey: uuidv7(),
      pages: 1,
      state: 'ready' as const,
      uploadedBy: userId,
      uploaderName: 'Staff',
      source: 'desk' as const,
      createdAt,
    })),
  );
}
const read = async (id: string) => {
  const [row] = await services.db.select().from(customers).where(eq(customers.id, id));
  return row as typeof customers.$inferSelect;
};
const eventsOf = async (id: string): Promise<string[]> => {
  await services.announce();
  const rows = await services.db.execute<{ type: string }>(
    sql`select type from stream_event where stream = ${customerStream(id)} order by seq`,
  );
  return rows.map(({ type }) => type);
};
const recalculate = (id: string) => services.db.transaction((tx) => recalculateCustomers(tx, [id]));

describe('one customer', () => {
  test('calculated twenty times, many at once, it is one change and one event', async () => {
    const id = await addCustomer();
    await addDocuments(id, ['id_card_front']);
    await Promise.all(Array.from({ length: 20 }, () => recalculate(id)));
    expect(await eventsOf(id)).toEqual(['customer.completeness-changed']);
    expect(await read(id)).toMatchObject({
      version: 2,
      revision: 2,
      completeness: { required: 5, satisfied: 1, percent: 20 },
      missing: REQUIRED.slice(1),
    });
  });

  test('a further page of what is there already is counted silently', async () => {
    const id = await addCustomer();
    await addDocuments(id, ['id_card_front']);
    await recalculate(id);
    await addDocuments(id, ['id_card_front']);
    await recalculate(id);
    const { completeness, version } = await read(id);
    expect(completeness.items.find(({ type }) => type === 'id_card_front')).toMatchObject({ pages: 2 });
    expect(version).toBe(2);
    expect(await eventsOf(id)).toEqual(['customer.completeness-changed']);
  });

  test('the last document makes it complete, and one taken away pending again', async () => {
    const id = await addCustomer();
    await addDocuments(id, REQUIRED);
    await recalculate(id);
    expect(await read(id)).toMatchObject({ status: 'complete', missing: [], version: 2 });
    await services.db
      .update(documents)
      .set({ deletedAt: new Date() })
      .where(sql`customer_id = ${id} and type = 'id_card_back'`);
    await recalculate(id);
    expect(await read(id)).toMatchObject({ status: 'pending', missing: ['id_card_back'] });
    // The state that follows from it is in the same event.
    expect(await eventsOf(id)).toEqual(['customer.completeness-changed', 'customer.completeness-changed']);
  });

  test('what ran out is told to the page of a customer who has had a link, and to no other', async () => {
    const told = await addCustomer();
    const other = await addCustomer();
    for (const id of [told, other]) {
      await addDocuments(id, ['credit_report'], new Date(Date.now() - 29 * DAY));
      await recalculate(id);
    }
    await services.db.transaction((tx) => openPortalView(tx, told));
    await services.db.execute(sql`update documents set created_at = created_at - interval '2 days'`);
    for (const id of [told, other]) await recalculate(id);
    await services.announce();
    const events = await services.db
      .select()
      .from(streamEvents)
      .where(inArray(streamEvents.stream, [portalStream(told), portalStream(other)]));
    expect(events).toMatchObject([
      {
        stream: portalStream(told),
        type: 'portal.changed',
        actor: { kind: 'system', id: null, name: '' },
        data: { items: [{ type: 'credit_report', state: 'missing', why: 'expired' }] },
      },
    ]);
  });

  test('a file that was opened again and lacks nothing is complete by that event alone', async () => {
    const id = await addCustomer();
    await addDocuments(id, REQUIRED);
    await recalculate(id);
    const before = await read(id);
    await services.db.update(customers).set({ status: 'pending' }).where(eq(customers.id, id));
    await recalculate(id);
    expect((await eventsOf(id)).slice(1)).toEqual(['customer.completeness-changed']);
    // Whoever changed it last did so then, not when it was calculated.
    expect(await read(id)).toMatchObject({ status: 'complete', version: 3, updatedAt: before.updatedAt });
  });

  test('a file in the hands of the auditors keeps its state', async () => {
    const id = await addCustomer({ status: 'reviewing' });
    await recalculate(id);
    expect(await read(id)).toMatchObject({ status: 'reviewing', missing: REQUIRED });
  });

  test('a deleted or unknown customer is left alone', async () => {
    const id = await addCustomer({ deletedAt: new Date() });
    await recalculate(id);
    await recalculate(uuidv7());
    expect(await read(id)).toMatchObject({ version: 1, missing: [] });
  });
});

describe('all customers', () => {
  const begin = async () => {
    const recalculationId = uuidv7();
    await services.db.transaction((tx) => insertRecalculation(tx, recalculationId));
    return recalculationId;
  };
  const requireProperty = (product: string, required: boolean) =>
    services.db.transaction(async (tx) => {
      const [row] = await tx.select().from(checklists).where(eq(checklists.product, product));
      const items = (row?.items ?? []).map((item) =>
        item.type === 'property_proof' ? { ...item, required } : item,
      );
      await tx.update(checklists).set({ items }).where(eq(checklists.product, product));
    });

  test('a change of a checklist touches only the customers that it changes', async () => {
    const car = await addCustomer({ product: 'car' });
    const carWithProof = await addCustomer({ product: 'car' });
    const credit = await addCustomer({ product: 'credit' });
    await addDocuments(carWithProof, [...REQUIRED, 'property_proof']);
    for (const id of [car, carWithProof, credit]) await recalculate(id);
    const before = new Map(
      await Promise.all([car, carWithProof, credit].map(async (id) => [id, await read(id)] as const)),
    );

    await requireProperty('car', true);
    const recalculationId = await begin();
    await handle(services, 'catalog.recalculate-all', { recalculationId }, 'quick');
    await requireProperty('car', false);

    const since = async (id: string) => (await read(id)).version - (before.get(id)?.version ?? 0);
    expect(await since(car)).toBe(1);
    expect((await read(car)).missing).toContain('property_proof');
    // It has one piece more, and is as complete as before.
    expect(await since(carWithProof)).toBe(1);
    expect(await read(carWithProof)).toMatchObject({ status: 'complete', completeness: { required: 6 } });
    expect(await since(credit)).toBe(0);
    expect(await readLatestRecalculation(services.db)).toMatchObject({
      id: recalculationId,
      done: 3,
      total: 3,
      cursor: credit,
      finishedAt: expect.any(Date),
    });
  });

  test('how long a document counts is kept without an event when nothing else changes', async () => {
    const id = await addCustomer({ product: 'credit' });
    await addDocuments(id, REQUIRED);
    await recalculate(id);
    const before = await read(id);
    await services.db.execute(sql`update document_types set max_age_days = 60 where code = 'credit_report'`);
    await handle(services, 'catalog.recalculate-all', { recalculationId: await begin() }, 'quick');
    await services.db.execute(sql`update document_types set max_age_days = 30 where code = 'credit_report'`);
    const after = await read(id);
    expect(after.version).toBe(before.version);
    const later = Number(after.nextExpiryAt) - Number(before.nextExpiryAt);
    expect(later).toBe(30 * DAY);
  });

  test('of two workers that run it at one moment one does', async () => {
    const id = await addCustomer();
    const recalculationId = await begin();
    const run = () => handle(services, 'catalog.recalculate-all', { recalculationId }, 'quick');
    await Promise.all([run(), run(), run()]);
    expect((await read(id)).version).toBe(2);
    expect(await readLatestRecalculation(services.db)).toMatchObject({ done: 1, total: 1 });
  });

  test('a run that was cut off goes on after its cursor, and one that ended does nothing', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await addCustomer());
    ids.sort();
    const recalculationId = await begin();
    await services.db.execute(
      sql`update recalculations set done = 3, cursor = ${ids[2]} where id = ${recalculationId}`,
    );
    await handle(services, 'catalog.recalculate-all', { recalculationId }, 'quick');
    const versions = async () => {
      const rows = await services.db
        .select()
        .from(customers)
        .where(inArray(customers.id, ids))
        .orderBy(customers.id);
      return rows.map(({ version }) => version);
    };
    expect(await versions()).toEqual([1, 1, 1, 2, 2, 2]);
    expect(await readLatestRecalculation(services.db)).toMatchObject({ done: 6, total: 6, cursor: ids[5] });
    await handle(services, 'catalog.recalculate-all', { recalculationId }, 'quick');
    expect(await versions()).toEqual([1, 1, 1, 2, 2, 2]);
  });

  test('more customers than one page are all reached', async () => {
    const ids = await Promise.all(Array.from({ length: 230 }, () => addCustomer()));
    await handle(services, 'catalog.recalculate-all', { recalculationId: await begin() }, 'quick');
    const rows = await services.db.select().from(customers).where(inArray(customers.id, ids));
    expect(rows.filter(({ version }) => version === 2)).toHaveLength(230);
    expect(await readLatestRecalculation(services.db)).toMatchObject({ done: 230, total: 230 });
  });
});

describe('the reconciler', () => {
  test('finds what was never asked for: expired documents, a run that stopped, and at night what no command left so', async () => {
    const drifted = await addCustomer();
    const decided = await addCustomer({ status: 'approved' });
    const expired = await addCustomer();
    await addDocuments(expired, REQUIRED, new Date(Date.now() - 29 * DAY));
    await recalculate(expired);
    expect(await read(expired)).toMatchObject({ status: 'complete' });
    await services.db.execute(sql`update documents set created_at = created_at - interval '2 days'`);
    await services.db.execute(
      sql`update customers set next_expiry_at = now() - interval '1 second' where id = ${expired}`,
    );
    const recalculationId = uuidv7();
    await services.db.transaction((tx) => insertRecalculation(tx, recalculationId));
    await services.db.execute(sql`update recalculations set done = 3, cursor = ${LAST_ID}`);
    // Every job before was lost; those that the reconciler asks for are carried out at once.
    const reconciler = startReconciler(
      { ...services, enqueue: (name, data) => handle(services, name, data, 'quick') },
      () => endOfDay(Date.now()) + 4 * 3_600_000,
    );
    try {
      await vi.waitFor(
        async () => {
          expect(await read(drifted)).toMatchObject({ missing: REQUIRED });
          expect(await read(expired)).toMatchObject({ status: 'pending', missing: ['credit_report'] });
          expect(await readUnfinishedRecalculation(services.db)).toBeNull();
        },
        { timeout: 40_000, interval: 50 },
      );
      expect((await readLatestRecalculation(services.db))?.id).toBe(recalculationId);
      // What ran out is no drift, and what is decided on is nobody's to look at.
      expect((await readFigures(services.db)).drift).toBe(1);
      expect(await read(decided)).toMatchObject({ version: 1, missing: [] });
    } finally {
      await reconciler.stop();
    }
  });
});
