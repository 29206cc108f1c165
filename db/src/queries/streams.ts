import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import type { Db } from '../client.ts';

/** SHA-256 of a session id, of an API token or of a portal session id, marked `s:`, `t:` or `p:`; names a connection's right to read. */
export type CredentialKey = `s:${string}` | `t:${string}` | `p:${string}`;
/** What somebody reads as: a role, or a customer who came by a link. */
export type ReaderRole = Role | 'portal';

/** Who a credential belongs to, as of now. */
export interface CredentialHolder {
  /** Of a customer, the id of the link. */
  userId: string;
  name: string;
  role: ReaderRole;
  /** Of a customer: whose portal stream may be read. */
  customerId?: string | null;
}

/** A credential and the role it had when it was last looked at. */
export interface SeenCredential {
  key: CredentialKey;
  role: ReaderRole;
}
/** A credential that is no longer what was seen; `role` is null when it opens nothing any more. */
export interface ChangedCredential {
  key: CredentialKey;
  role: ReaderRole | null;
}

/** Who holds this credential; null when it is unknown, expired or revoked, or its user is not active. */
export async function readCredential(db: Db, key: CredentialKey): Promise<CredentialHolder | null> {
  const hash = key.slice(2);
  if (key.startsWith('p:')) {
    const [holder] = await db.$client<CredentialHolder[]>`
      select l.id as "userId", coalesce(l.label, '') as name, 'portal' as role, l.customer_id as "customerId"
      from ${openPortals(db)} and s.id_hash = ${hash}`;
    return holder ?? null;
  }
  const rows = key.startsWith('s:')
    ? await db.$client<CredentialHolder[]>`
        select u.id as "userId", u.display_name as name, u.role from sessions s join users u on u.id = s.user_id
        where s.id_hash = ${hash} and s.expires_at > now() and s.absolute_expires_at > now() and u.active`
    : await db.$client<CredentialHolder[]>`
        select u.id as "userId", u.display_name as name, u.role from api_tokens t join users u on u.id = t.user_id
        where t.token_hash = ${hash} and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
          and u.active`;
  return rows[0] ?? null;
}

/** The portal sessions `s` that open something, with their links `l`. */
function openPortals(db: Db) {
  return db.$client`
    portal_sessions s join upload_links l on l.id = s.link_id join customers c on c.id = l.customer_id
    where s.expires_at > now() and l.expires_at > now() and l.revoked_at is null and c.deleted_at is null`;
}

/** The part of a statement that finds which of the seen credentials have changed, in that statement's snapshot. */
function changedCredentials(db: Db, seen: readonly SeenCredential[]) {
  const sql = db.$client;
  return sql`
    select seen.key, held.role
    from unnest(${seen.map((s) => s.key)}::text[], ${seen.map((s) => s.role)}::text[]) as seen (key, role)
    left join lateral (
      select u.role from sessions s join users u on u.id = s.user_id
      where seen.key like 's:%' and s.id_hash = substr(seen.key, 3)
        and s.expires_at > now() and s.absolute_expires_at > now() and u.active
      union all
      select u.role from api_tokens t join users u on u.id = t.user_id
      where seen.key like 't:%' and t.token_hash = substr(seen.key, 3)
        and t.revoked_at is null and (t.expires_at is null or t.expires_at > now()) and u.active
      union all
      select 'portal' as role from ${openPortals(db)} and seen.key like 'p:%' and s.id_hash = substr(seen.key, 3)
    ) held on true
    where held.role is distinct from seen.role`;
}

/** Where a stream stands; `customer` tells of the customer named by the caller, if any. */
export interface StreamState {
  head: number;
  trimmedTo: number;
  epoch: string;
  customer: 'unknown' | 'present' | 'deleted';
}

/** Head, oldest kept number and epoch of a stream (zeros without events), and whether its customer exists. */
export async function readStreamState(
  db: Db,
  stream: string,
  customerId: string | null,
): Promise<StreamState> {
  const rows = await db.$client<
    { head: number | null; trimmed: number | null; epoch: string; found: boolean; deleted: boolean | null }[]
  >`
    select h.seq::float8 as head, h.trimmed_to::float8 as trimmed, i.epoch, c.id is not null as found,
           c.deleted_at is not null as deleted
    from installation i left join stream_head h on h.stream = ${stream}
    left join customers c on c.id = ${customerId}::uuid
    where i.id = 1`;
  const row = rows[0];
  if (!row) throw new Error('The installation row is missing');
  const customer = !row.found ? 'unknown' : row.deleted ? 'deleted' : 'present';
  return { head: row.head ?? 0, trimmedTo: row.trimmed ?? 0, epoch: row.epoch, customer };
}

interface ReadRow {
  stream: string | null;
  seq: number;
  eventId: string;
  entityType: LiveEvent['entity']['type'];
  entityId: string;
  version: number;
  type: LiveEvent['type'];
  at: number;
  actor: LiveEvent['actor'];
  data: LiveEvent['data'];
  key: CredentialKey | null;
  role: ReaderRole | null;
}

/**
 * In one statement, so in one snapshot: up to `limit` events of each stream after the given number, in order, and
 * which of the credentials have changed since they were seen.
 */
export async function readStreams(
  db: Db,
  wanted: readonly { stream: string; after: number }[],
  limit: number,
  seen: readonly SeenCredential[],
): Promise<{ events: Map<string, LiveEvent[]>; changed: ChangedCredential[] }> {
  const sql = db.$client;
  const rows = await sql<ReadRow[]>`
    with changed as (${changedCredentials(db, seen)})
    select e.stream, e.seq::float8 as seq, e.event_id as "eventId", e.entity_type as "entityType",
           e.entity_id as "entityId", e.version, e.type, round(extract(epoch from e.at) * 1000)::float8 as at,
           e.actor, e.data, null as key, null as role
    from unnest(${wanted.map((w) => w.stream)}::text[], ${wanted.map((w) => w.after)}::bigint[]) as w (stream, after)
    cross join lateral (
      select * from stream_event s where s.stream = w.stream and s.seq > w.after order by s.seq limit ${limit}
    ) e
    union all
    select null, 0, null, null, null, 0, null, 0, null, null, changed.key, changed.role from changed
    order by stream, seq`;
  const events = new Map<string, LiveEvent[]>();
  const changed: ChangedCredential[] = [];
  for (const row of rows) {
    if (row.stream === null) {
      if (row.key) changed.push({ key: row.key, role: row.role });
      continue;
    }
    const known = events.get(row.stream);
    const event = toLiveEvent(row.stream, row);
    if (known) known.push(event);
    else events.set(row.stream, [event]);
  }
  return { events, changed };
}

function toLiveEvent(stream: string, row: ReadRow): LiveEvent {
  return {
    stream,
    seq: row.seq,
    id: row.eventId,
    entity: { type: row.entityType, id: row.entityId },
    version: row.version,
    type: row.type,
    at: new Date(row.at).toISOString(),
    actor: row.actor,
    data: row.data,
  };
}

/** In one statement: the heads of these streams, the epoch, and which of the credentials have changed. */
export async function checkStreams(
  db: Db,
  streams: readonly string[],
  seen: readonly SeenCredential[],
): Promise<{ heads: { stream: string; head: number }[]; epoch: string; changed: ChangedCredential[] }> {
  const sql = db.$client;
  const rows = await sql<
    {
      stream: string | null;
      head: number;
      key: CredentialKey | null;
      role: ReaderRole | null;
      epoch: string | null;
    }[]
  >`
    with changed as (${changedCredentials(db, seen)})
    select h.stream, h.seq::float8 as head, null as key, null as role, null as epoch
    from stream_head h where h.stream = any (${[...streams]}::text[])
    union all
    select null, 0, changed.key, changed.role, null from changed
    union all
    select null, 0, null, null, epoch::text from installation where id = 1`;
  const heads: { stream: string; head: number }[] = [];
  const changed: ChangedCredential[] = [];
  let epoch = '';
  for (const row of rows) {
    if (row.stream !== null) heads.push({ stream: row.stream, head: row.head });
    else if (row.key !== null) changed.push({ key: row.key, role: row.role });
    else if (row.epoch !== null) epoch = row.epoch;
  }
  return { heads, epoch, changed };
}
