import { recalculateCustomers } from '@qijian/core/recalculation.ts';
import { insertDocument } from '@qijian/db/queries/documents.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { customerStream } from '@qijian/domain/contract/live-events.ts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Person, TestApp } from './test-app.ts';

const REQUIRED = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];

/** Makes files for reviews, and reads what became of them. */
export function reviewFiles({ app }: TestApp, staff: Person) {
  const post = (person: Person, url: string, payload?: object) =>
    person.inject({ method: 'POST', url, ...(payload ? { payload } : {}) });
  const read = async (id: string): Promise<Customer> =>
    (await staff.inject({ method: 'GET', url: `/api/customers/${id}` })).json();

  async function addDocument(
    customerId: string,
    type: string,
    by: Person,
    verdict: 'pending' | 'accepted' = 'pending',
  ): Promise<string> {
    const id = uuidv7();
    await app.db.transaction((tx) =>
      insertDocument(tx, {
        id,
        customerId,
        type,
        filename: 'a.jpg',
        mime: 'image/jpeg',
        size: 1,
        sha256: id,
        storageKey: id,
        uploadedBy: by.id,
        uploaderName: by.name,
        source: 'desk',
      }),
    );
    await app.db.update(documents).set({ state: 'ready', pages: 1, verdict }).where(eq(documents.id, id));
    return id;
  }

  /** A submitted file with every required document; `minutes` makes it wait longer. */
  async function submitted(
    verdict: 'pending' | 'accepted' = 'accepted',
    { minutes = 0, product }: { minutes?: number; product?: string } = {},
  ): Promise<Customer> {
    const made = await post(staff, '/api/customers', {
      name: '王小明',
      phone: '13800000021',
      ...(product ? { product } : {}),
    });
    const { id } = made.json() as Customer;
    for (const type of REQUIRED) await addDocument(id, type, staff, verdict);
    await app.db.transaction((tx) => recalculateCustomers(tx, [id]));
    await post(staff, `/api/customers/${id}/submit`, { version: (await read(id)).version });
    if (minutes > 0) {
      await app.db.execute(sql`
        update customers set waiting_since = waiting_since - make_interval(mins => ${minutes}),
          submitted_at = submitted_at - make_interval(mins => ${minutes}) where id = ${id}`);
    }
    return read(id);
  }

  /** What was told to the staff side about a customer, in order. */
  async function eventsOf(id: string): Promise<{ type: string; entity: string }[]> {
    const stream = customerStream(id);
    const rows = await app.db.execute<{ type: string; entity: string }>(sql`
      select type, entity from (
        select type, entity_id::text as entity, 0 as waiting, seq as at from stream_event where stream = ${stream}
        union all select type, entity_id::text, 1, id from outbox where stream = ${stream}) e
      order by waiting, at`);
    return [...rows];
  }

  async function auditOf(id: string, action: string): Promise<number> {
    const [row] = await app.db.execute<{ many: number }>(
      sql`select count(*)::int as many from audit_log where customer_id = ${id} and action = ${action}`,
    );
    return row?.many ?? 0;
  }

  async function documentOf(id: string, type: string) {
    const [row] = await app.db
      .select()
      .from(documents)
      .where(sql`customer_id = ${id} and type = ${type} and deleted_at is null`);
    if (!row) throw new Error(`There is no ${type}`);
    return row;
  }

  /** The holder of the claim is silent until it has run out. */
  const runOut = (id: string) =>
    app.db.execute(
      sql`update customers set claim_until = clock_timestamp() - interval '1 second' where id = ${id}`,
    );

  return { post, read, addDocument, submitted, eventsOf, auditOf, documentOf, runOut };
}
