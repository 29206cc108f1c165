import type {
  Actor,
  EventBodies,
  EventType,
  LiveEvent,
  PortalEvent,
} from '@qijian/domain/contract/live-events.ts';
import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Db, DbOrTx, Tx } from '../client.ts';

/** One event for one or several streams; the same body goes to each. */
export interface NewEvent<T extends EventType = EventType> {
  streams: string[];
  entity: LiveEvent['entity'];
  version: number;
  type: T;
  actor: Actor;
  data: EventBodies[T];
}

/** One event for a customer's page. */
export type NewPortalEvent = Pick<PortalEvent, 'entity' | 'version' | 'type' | 'actor' | 'data'> & {
  streams: string[];
};

/** Puts events in the outbox; call it inside the command's transaction, after the entity's row was locked. */
export async function appendEvents(tx: Tx, events: (NewEvent | NewPortalEvent)[]): Promise<void> {
  if (events.length === 0) return;
  const at = new Date();
  const rows = events.map((event) => ({
    ...event,
    event_id: uuidv7(),
    entity_type: event.entity.type,
    entity_id: event.entity.id,
    at,
  }));
  await tx.execute(sql`
    insert into outbox (stream, event_id, entity_type, entity_id, version, type, at, actor, data)
    select stream, event_id, entity_type, entity_id, version, type, at, actor, data
    from json_to_recordset(${JSON.stringify(rows)}::json) as event (
      streams text[], event_id uuid, entity_type text, entity_id text, version integer, type text, at timestamptz,
      actor jsonb, data jsonb), unnest(streams) as stream`);
}

/** Gives unnumbered events their numbers; returns the streams that grew and their heads. Safe to call from anywhere. */
export async function sequenceBatch(db: Db, limit = 1000): Promise<{ stream: string; head: number }[]> {
  const rows = await db.$client<{ stream: string; head: string }[]>`select * from sequence_batch(${limit})`;
  return rows.map((row) => ({ stream: row.stream, head: Number(row.head) }));
}

/**
 * Removes the oldest events of the streams that only live screens read (`customers`, `catalog`, `users`, `user:<id>`), at most
 * `limit` of each stream; the operation logs of customers stay. Readers that are further behind are told that the log no
 * longer reaches back. Answers how many went.
 */
export async function trimStreams(db: Db, olderThanDays: number, limit = 5000): Promise<number> {
  const rows = await db.execute<{ removed: number }>(sql`
    with old as (
      select h.stream, e.upto from stream_head h cross join lateral (
        select max(seq) as upto from stream_event s
        where s.stream = h.stream and s.seq > h.trimmed_to and s.seq <= h.trimmed_to + ${limit}
          and s.at < now() - make_interval(days => ${olderThanDays})) e
      where (h.stream in ('customers', 'catalog', 'users') or h.stream like 'user:%') and e.upto is not null
    ), trimmed as (
      update stream_head h set trimmed_to = old.upto from old
      where h.stream = old.stream and h.trimmed_to < old.upto returning h.stream, old.upto
    ), removed as (
      delete from stream_event s using trimmed where s.stream = trimmed.stream and s.seq <= trimmed.upto returning 1
    )
    select count(*)::int as removed from removed`);
  return rows[0]?.removed ?? 0;
}

/** The epoch of this installation's log; a restored backup gets a new one. */
export async function readEpoch(db: DbOrTx): Promise<string> {
  const rows = await db.execute<{ epoch: string }>(sql`select epoch from installation where id = 1`);
  return rows[0]?.epoch as string;
}

/** Whose data this is; the file store carries the same id. */
export async function readIdentity(db: DbOrTx): Promise<string> {
  const rows = await db.execute<{ identity: string }>(sql`select identity from installation where id = 1`);
  return rows[0]?.identity as string;
}

/** The last number of a stream as of this snapshot; 0 for a stream without events. */
export async function readHead(
  db: DbOrTx,
  stream: string,
): Promise<{ stream: string; seq: number; epoch: string }> {
  const rows = await db.execute<{ seq: string | null; epoch: string }>(sql`
    select (select seq from stream_head where stream = ${stream}) as seq, epoch from installation where id = 1`);
  return { stream, seq: Number(rows[0]?.seq ?? 0), epoch: rows[0]?.epoch as string };
}

export interface AuditEntry {
  actor: Actor;
  action: string;
  entityType: string;
  entityId: string | null;
  customerId?: string | null;
  detail?: Record<string, unknown>;
}

/** Writes audit rows; ids, field names and masked values only. */
export async function appendAudit(db: DbOrTx, entries: AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({
    actor_kind: entry.actor.kind,
    actor_id: entry.actor.id,
    actor_name: entry.actor.name,
    actor_username: entry.actor.username ?? null,
    action: entry.action,
    entity_type: entry.entityType,
    entity_id: entry.entityId,
    customer_id: entry.customerId,
    detail: entry.detail ?? {},
  }));
  await db.execute(sql`
    insert into audit_log
      (actor_kind, actor_id, actor_name, actor_username, action, entity_type, entity_id, customer_id, detail)
    select * from json_to_recordset(${JSON.stringify(rows)}::json) as entry (
      actor_kind text, actor_id text, actor_name text, actor_username text, action text, entity_type text,
      entity_id text, customer_id uuid, detail jsonb)`);
}
