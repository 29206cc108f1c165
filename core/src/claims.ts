import type { Db, DbOrTx, Tx } from '@qijian/db/client.ts';
import { person } from '@qijian/db/queries/customer-review.ts';
import { type CustomerRow, lockCustomer } from '@qijian/db/queries/customer-row.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { users } from '@qijian/db/schema/users.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { SYSTEM } from '@qijian/domain/contract/live-events.ts';
import { and, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import { changeCustomer } from './change-customer.ts';

/** Who has a locked customer claimed at this moment, and the moment, both by the database's clock. */
export interface Lease {
  now: Date;
  /** Null when nobody has, or the claim has run out. */
  holder: { id: string; displayName: string } | null;
  /** Whose claim is on the row, run out or not. */
  last: { id: string; displayName: string } | null;
}

/** The lease of a customer; read it after the row was locked. */
export async function readLease(db: DbOrTx, row: Pick<CustomerRow, 'id'>): Promise<Lease> {
  const rows = await db
    .select({
      now: sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`,
      id: customers.claimedBy,
      name: users.displayName,
      isHeld: sql<boolean>`coalesce(${customers.claimUntil} > clock_timestamp(), false)`,
    })
    .from(customers)
    .leftJoin(users, eq(users.id, customers.claimedBy))
    .where(eq(customers.id, row.id));
  const read = rows[0];
  if (!read) throw new Error('readLease: the row is not there; lock it first');
  const last = person(read.id, read.name);
  return { now: new Date(read.now), holder: read.isHeld ? last : null, last };
}

/** Moves the end of a claim that has not run out; null when the caller has none. */
export async function extendLease(
  db: DbOrTx,
  customerId: string,
  userId: string,
  leaseSeconds: number,
): Promise<Date | null> {
  const rows = await db
    .update(customers)
    .set({ claimUntil: sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})` })
    .where(
      and(
        eq(customers.id, customerId),
        eq(customers.claimedBy, userId),
        eq(customers.status, 'reviewing'),
        gt(customers.claimUntil, sql`clock_timestamp()`),
        isNull(customers.deletedAt),
      ),
    )
    .returning({ until: customers.claimUntil });
  return rows[0]?.until ?? null;
}

/**
 * Moves the end of all of somebody's claims that have not run out; answers how many. A file that is being changed at
 * this moment is passed over: there are more beats than one in a lease.
 */
export async function extendLeases(db: DbOrTx, userId: string, leaseSeconds: number): Promise<number> {
  const rows = await db.execute(sql`
    update customers set claim_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id in (
      select id from customers
      where claimed_by = ${userId}::uuid and status = 'reviewing' and deleted_at is null
        and claim_until > clock_timestamp()
      for update skip locked)
    returning id`);
  return rows.length;
}

/** Frees claims that have run out, each with its event; answers how many. Any number of workers may do so at once. */
export async function releaseExpired(db: Db, limit: number): Promise<number> {
  const rows = await db
    .select({ id: customers.id })
    .from(customers)
    .where(and(sql`claimed_by is not null`, lte(customers.claimUntil, sql`clock_timestamp()`)))
    .orderBy(customers.claimUntil)
    .limit(limit);
  let released = 0;
  for (const { id } of rows) if (await db.transaction((tx) => releaseOne(tx, id))) released += 1;
  return released;
}

async function releaseOne(tx: Tx, id: string): Promise<Customer | null> {
  const row = await lockCustomer(tx, id, { includeDeleted: true });
  if (!row?.claimedBy) return null;
  const { holder, last } = await readLease(tx, row);
  if (holder) return null;
  return changeCustomer(tx, {
    customerId: id,
    actor: SYSTEM,
    type: 'customer.released',
    set: { claimedBy: null, claimedAt: null, claimUntil: null, claimLostBy: lostBy(row, row.claimedBy) },
    data: { reason: 'expired', from: last },
    audit: { reason: 'expired', from: row.claimedBy },
  });
}

/** Those who have lost a claim, with one more and without whoever has it now. */
export function lostBy(
  row: Pick<CustomerRow, 'claimLostBy'>,
  loser: string | null,
  holder?: string,
): string[] {
  const all = new Set(row.claimLostBy);
  if (loser) all.add(loser);
  if (holder) all.delete(holder);
  return [...all];
}
