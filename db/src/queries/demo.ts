import { sql } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';

/** Whether nobody has an account yet. */
export async function isEmpty(db: DbOrTx): Promise<boolean> {
  const rows = await db.execute(sql`select 1 from users limit 1`);
  return rows.length === 0;
}

/** As if a worker had opened the documents of a customer; or as if none had yet, so that one does. */
export async function setOpened(db: DbOrTx, id: string, isOpened: boolean): Promise<void> {
  const state = isOpened ? 'ready' : 'processing';
  await db.execute(sql`update documents set state = ${state} where customer_id = ${id}`);
}

/** Moves all that has happened to a customer so far back in time, with its place in the story kept. */
export async function ageCustomer(db: DbOrTx, id: string, minutes: number): Promise<void> {
  const earlier = (column: string) =>
    sql`${sql.identifier(column)} = ${sql.identifier(column)} - make_interval(mins => ${minutes})`;
  const set = (...columns: string[]) => sql.join(columns.map(earlier), sql`, `);
  await db.execute(sql`
    update customers set ${set('created_at', 'updated_at', 'submitted_at', 'waiting_since', 'decided_at')}
    where id = ${id}`);
  await db.execute(sql`update documents set ${set('created_at', 'reviewed_at')} where customer_id = ${id}`);
  await db.execute(sql`
    update outbox set ${set('at')} where stream = ${`customer:${id}`} or entity_id = ${id}`);
}
