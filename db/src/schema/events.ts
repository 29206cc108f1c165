import type { Actor, LiveEvent } from '@qijian/domain/contract/live-events.ts';
import {
  bigint,
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { time } from './columns.ts';

/** Events written by commands and not yet numbered; `sequence_batch` moves them to `stream_event`. */
export const outbox = pgTable('outbox', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  stream: text('stream').notNull(),
  eventId: uuid('event_id').notNull(),
  entityType: text('entity_type').notNull(),
  entityId: text('entity_id').notNull(),
  version: integer('version').notNull(),
  type: text('type').notNull(),
  at: time('at').notNull(),
  actor: jsonb('actor').$type<Actor>().notNull(),
  data: jsonb('data').$type<LiveEvent['data']>().notNull(),
});

/** The numbered log; `seq` is gapless within a stream. */
export const streamEvents = pgTable(
  'stream_event',
  {
    stream: text('stream').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    eventId: uuid('event_id').notNull(),
    entityType: text('entity_type').notNull(),
    entityId: text('entity_id').notNull(),
    version: integer('version').notNull(),
    type: text('type').notNull(),
    at: time('at').notNull(),
    actor: jsonb('actor').$type<Actor>().notNull(),
    data: jsonb('data').$type<LiveEvent['data']>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.stream, t.seq] }), index('stream_event_at').on(t.at)],
);

/** The last number given in a stream, and the lowest still kept. */
export const streamHeads = pgTable('stream_head', {
  stream: text('stream').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  /** Events up to this number have been removed; readers that are behind it must take a snapshot. */
  trimmedTo: bigint('trimmed_to', { mode: 'number' }).notNull().default(0),
});

/** One row: the life of the log; a restore gives it a new epoch. */
export const installation = pgTable('installation', {
  id: integer('id').primaryKey(),
  /** Whose data this is; the file store carries the same mark. Stays through restores. */
  identity: uuid('identity').notNull().defaultRandom(),
  epoch: uuid('epoch').notNull(),
  /** Another one after each change of document types or checklists: the database sees to it. */
  catalogRevision: uuid('catalog_revision').notNull().defaultRandom(),
  /** `SEARCH_TERMS_VERSION` by which all customers' terms were made. */
  searchTermsVersion: integer('search_terms_version').notNull().default(0),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** Who did or looked at what; append-only. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    at: time('at').notNull().defaultNow(),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id'),
    actorName: text('actor_name').notNull(),
    /** What a user signs in with; null for others and in rows that are older than the column. */
    actorUsername: text('actor_username'),
    /** Event type or an act of looking, e.g. `customer.revealed`, `document.viewed`, `auth.login`. */
    action: text('action').notNull(),
    entityType: text('entity_type').notNull(),
    entityId: text('entity_id'),
    customerId: uuid('customer_id'),
    /** Ids, names of fields and what they were and became, phone and ID number masked. */
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [index('audit_log_customer').on(t.customerId, t.id), index('audit_log_actor').on(t.actorId, t.id)],
);
