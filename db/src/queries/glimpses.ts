import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { lt, sql } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';
import { documentGlimpses } from '../schema/documents.ts';

/** Puts on record that somebody saw the small picture of a document, once an hour: lists are full of them. */
export async function recordGlimpse(
  db: DbOrTx,
  actor: Actor,
  document: { id: string; customerId: string },
): Promise<void> {
  await db.execute(sql`
    with fresh as (
      insert into document_glimpses (viewer_id, document_id, hour)
      values (${actor.id}, ${document.id}, date_trunc('hour', now()))
      on conflict do nothing returning 1)
    insert into audit_log (actor_kind, actor_id, actor_name, action, entity_type, entity_id, customer_id)
    select ${actor.kind}, ${actor.id}, ${actor.name}, 'document.glimpsed', 'document', ${document.id},
      ${document.customerId}::uuid
    from fresh`);
}

/** Forgets which small pictures have been recorded in hours that are over; the audit log keeps the looks themselves. */
export async function deleteOldGlimpses(db: DbOrTx): Promise<void> {
  await db.delete(documentGlimpses).where(lt(documentGlimpses.hour, sql`date_trunc('hour', now())`));
}
