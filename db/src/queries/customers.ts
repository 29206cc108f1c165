import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Actor, LiveEvent } from '@qijian/domain/contract/live-events.ts';
import {
  CUSTOMERS_STREAM,
  customerStream,
  portalStream,
  SYSTEM,
} from '@qijian/domain/contract/live-events.ts';
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type { Db, DbOrTx, Tx } from '../client.ts';
import { checklists } from '../schema/catalog.ts';
import { customers, FIND_TERMS } from '../schema/customers.ts';
import { streamEvents } from '../schema/events.ts';
import { users } from '../schema/users.ts';
import { readCustomer } from './customer-row.ts';
import { appendAudit, appendEvents } from './events.ts';

/** Adds a customer with its first event and audit row; `number` is given by the database. */
export async function insertCustomer(
  tx: Tx,
  customer: Omit<typeof customers.$inferInsert, 'number' | 'searchTerms'> & {
    searchTerms: (number: number) => string[];
  },
  actor: Actor,
): Promise<Customer> {
  const [next] = await tx.execute<{ number: number }>(
    sql`select nextval(pg_get_serial_sequence('customers', 'number'))::int as number`,
  );
  const number = next?.number as number;
  await tx.insert(customers).values({ ...customer, number, searchTerms: customer.searchTerms(number) });
  const created = (await readCustomer(tx, customer.id)) as Customer;
  await appendEvents(tx, [
    {
      streams: [customerStream(created.id), CUSTOMERS_STREAM],
      entity: { type: 'customer', id: created.id },
      version: created.version,
      type: 'customer.created',
      actor,
      data: { customer: created },
    },
  ]);
  await appendAudit(tx, [
    {
      actor,
      action: 'customer.created',
      entityType: 'customer',
      entityId: created.id,
      customerId: created.id,
    },
  ]);
  return created;
}

/** The clear value of a sensitive field; null when the customer is unknown or has none. */
export async function readSensitive(
  db: DbOrTx,
  id: string,
  field: 'phone' | 'idNumber',
): Promise<string | null> {
  const rows = await db
    .select({ value: customers[field] })
    .from(customers)
    .where(and(eq(customers.id, id), isNull(customers.deletedAt)));
  return rows[0]?.value ?? null;
}

export async function isActiveUser(db: DbOrTx, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), eq(users.active, true)));
  return rows.length > 0;
}

export async function isActiveProduct(db: DbOrTx, product: string): Promise<boolean> {
  const rows = await db
    .select({ product: checklists.product })
    .from(checklists)
    .where(and(eq(checklists.product, product), eq(checklists.active, true)));
  return rows.length > 0;
}

/** The operation log of a customer: after a number oldest first, otherwise newest first. */
export async function readCustomerEvents(
  db: DbOrTx,
  customerId: string,
  page: LogPage,
): Promise<LiveEvent[]> {
  return readLog(db, customerStream(customerId), page, page.after === undefined);
}

/** Events of a stream numbered between `after` and `before`, both exclusive. */
export interface LogPage {
  after?: number | undefined;
  before?: number | undefined;
  limit: number;
  /** See `feedOf`. */
  feed?: { types: string[]; moves: boolean } | undefined;
}

/** A page of a stream's log, the newest or the oldest of the range first. */
export async function readLog(
  db: DbOrTx,
  stream: string,
  page: LogPage,
  newestFirst: boolean,
): Promise<LiveEvent[]> {
  const rows = await db
    .select()
    .from(streamEvents)
    .where(
      and(
        eq(streamEvents.stream, stream),
        page.after === undefined ? undefined : gt(streamEvents.seq, page.after),
        page.before === undefined ? undefined : lt(streamEvents.seq, page.before),
        page.feed
          ? or(
              inArray(streamEvents.type, page.feed.types),
              page.feed.moves ? sql`${streamEvents.data} -> 'effect' ? 'status'` : undefined,
            )
          : undefined,
      ),
    )
    .orderBy(newestFirst ? desc(streamEvents.seq) : asc(streamEvents.seq))
    .limit(page.limit);
  return rows.map(
    (row) =>
      ({
        stream: row.stream,
        seq: row.seq,
        id: row.eventId,
        entity: { type: row.entityType, id: row.entityId },
        version: row.version,
        type: row.type,
        at: row.at.toISOString(),
        actor: row.actor,
        data: row.data,
      }) as LiveEvent,
  );
}

/** Customers with this phone or ID number, in their stored forms, the one changed last first; at most ten. */
export async function readSameNumber(
  db: DbOrTx,
  field: 'phone' | 'idNumber',
  value: string,
  except: string | undefined,
): Promise<{ id: string; number: number; name: string }[]> {
  const column = field === 'phone' ? sql`c.phone` : sql`c.id_number`;
  // Uses the index of terms, like a search for the whole number.
  const rows = await db.execute<{ id: string; number: number; name: string }>(sql`
    select c.id, c.number, c.name from customers c
    where c.deleted_at is null and ${sql.raw(FIND_TERMS)} @> array[${value.toLowerCase()}]::text[] and ${column} = ${value}
      and c.id is distinct from ${except ?? null}::uuid
    order by c.updated_at desc, c.id desc limit 10`);
  return [...rows];
}

/** Of these customers those that exist, in id order, so that many can be locked without a deadlock. */
export async function existingCustomers(db: DbOrTx, ids: string[]): Promise<string[]> {
  const rows = await db
    .select({ id: customers.id })
    .from(customers)
    .where(and(inArray(customers.id, ids), isNull(customers.deletedAt)))
    .orderBy(customers.id);
  return rows.map((row) => row.id);
}

const purgeable = and(
  isNotNull(customers.deletedAt),
  lt(customers.deletedAt, sql`now() - interval '30 days'`),
);

/** Customers deleted more than 30 days ago, which no administrator can bring back any more. */
export async function readPurgeable(db: Db, limit: number): Promise<string[]> {
  const rows = await db.select({ id: customers.id }).from(customers).where(purgeable).limit(limit);
  return rows.map((row) => row.id);
}

/** Locks a customer that is still to be removed for good; false when it is not. */
export async function lockPurgeable(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.id, id), purgeable))
    .for('update');
  return rows.length > 0;
}

/** Removes a deleted customer with documents and log for good; the files must be gone before. */
export async function purgeCustomer(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`delete from documents where customer_id = ${id}`);
  await tx.execute(sql`delete from upload_links where customer_id = ${id}`);
  await tx.execute(
    sql`delete from stream_event where stream in (${customerStream(id)}, ${portalStream(id)})`,
  );
  await tx.execute(sql`delete from customers where id = ${id} and deleted_at is not null`);
  await appendAudit(tx, [
    {
      actor: SYSTEM,
      action: 'customer.purged',
      entityType: 'customer',
      entityId: id,
      customerId: id,
    },
  ]);
}
