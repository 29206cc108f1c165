import { sql } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';

/** Whether nobody has an account yet. */
export async function isEmpty(db: DbOrTx): Promise<boolean> {
  const rows = await db.execute(sql`select 1 from users limit 1`);
  return rows.length === 0;
}

/** Makes a demo customer's uploads and last change lie in the past. */
export async function backdateCustomer(db: DbOrTx, id: string, minutes: number): Promise<void> {
  await db.execute(sql`
    update customers set updated_at = now() - make_interval(mins => ${minutes}),
                         created_at = now() - make_interval(mins => ${minutes}, days => 2),
                         submitted_at = submitted_at - make_interval(mins => ${minutes}),
                         waiting_since = waiting_since - make_interval(mins => ${minutes}),
                         decided_at = decided_at - make_interval(mins => ${minutes})
    where id = ${id}`);
  await db.execute(sql`
    update documents set created_at = created_at - make_interval(mins => ${minutes}),
                         reviewed_at = reviewed_at - make_interval(mins => ${minutes})
    where customer_id = ${id}`);
}
