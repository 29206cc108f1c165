import type { CompletenessBody } from '@qijian/domain/contract/api/completeness.ts';
import type { Customer, Piece } from '@qijian/domain/contract/api/customers.ts';
import type { ViewList } from '@qijian/domain/contract/api/views.ts';
import { CUSTOMER_STATES } from '@qijian/domain/rules/customer-states.ts';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  serial,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { oneOf, time } from './columns.ts';
import { users } from './users.ts';

/** What an auditor asked for; `at` is ISO 8601. */
export type RequestedType = Customer['requestedTypes'][number];
/** What need not be sent again, as staff say; `at` is ISO 8601. */
export type ExcusedType = Customer['excusedTypes'][number];

/** What an auditor's last decision was. */
export const DECISIONS = ['approved', 'rejected', 'returned'] as const;

/**
 * All terms by which the list finds a customer `c`, as one indexed expression: what can be typed, and a term for each
 * thing that can be chosen as a filter. Terms may coincide; the filter itself is always checked as well.
 */
export const FIND_TERMS = `(c.search_terms || c.missing || array['status:' || c.status,
  'owner:' || coalesce(c.owner_id::text, ''), 'branch:' || coalesce(c.branch, ''), 'product:' || coalesce(c.product, '')]
  || case when c.has_returned then '{returned:}'::text[] else '{}'::text[] end
  || case when cardinality(c.missing) = 1 then array['only:' || c.missing[1]] else '{}'::text[] end)`;

export const customers = pgTable(
  'customers',
  {
    id: uuid('id').primaryKey(),
    number: serial('number').notNull(),
    /** What a decision or an edit is bound to: rises when something that a person has to look at changed. */
    version: integer('version').notNull().default(1),
    /** Rises with every event, and orders them. */
    revision: integer('revision').notNull().default(1),
    name: text('name').notNull(),
    phone: text('phone').notNull(),
    idNumber: text('id_number'),
    product: text('product'),
    amount: integer('amount'),
    termMonths: smallint('term_months'),
    branch: text('branch'),
    ownerId: uuid('owner_id').references(() => users.id),
    dueAt: time('due_at'),
    note: text('note').notNull().default(''),
    status: text('status', { enum: CUSTOMER_STATES }).notNull().default('pending'),
    /** Field name → customer version at which it last changed; absent means version 1. */
    fieldVersions: jsonb('field_versions').$type<Record<string, number>>().notNull().default({}),
    /** See `customerSearchTerms` in domain. */
    searchTerms: text('search_terms').array().notNull(),

    /** Result of the last completeness calculation. */
    completeness: jsonb('completeness').$type<CompletenessBody>().notNull(),
    pieces: jsonb('pieces').$type<Piece[]>().notNull().default([]),
    missing: text('missing').array().notNull().default([]),
    /** Whether something that an auditor returned or asked for has not come yet. */
    hasReturned: boolean('has_returned').notNull().default(false),
    requestedTypes: jsonb('requested_types').$type<RequestedType[]>().notNull().default([]),
    excusedTypes: jsonb('excused_types').$type<ExcusedType[]>().notNull().default([]),
    waivedTypes: text('waived_types').array().notNull().default([]),
    /** When a counting document next expires. */
    nextExpiryAt: time('next_expiry_at'),

    claimedBy: uuid('claimed_by').references(() => users.id),
    claimedAt: time('claimed_at'),
    /** When the claim runs out unless its holder gives a sign of life. */
    claimUntil: time('claim_until'),
    /** Whose claim ran out or was taken over since the file was submitted, until they claim it again. */
    claimLostBy: uuid('claim_lost_by').array().notNull().default([]),
    submittedBy: uuid('submitted_by').references(() => users.id),
    submittedAt: time('submitted_at'),
    submissions: integer('submissions').notNull().default(0),
    /** Documents added between the last return and the submission after it. */
    supplements: integer('supplements').notNull().default(0),
    /** While reviewing: `submittedAt` less the time waited in former submissions. */
    waitingSince: time('waiting_since'),
    /** Time waited in former submissions of this round; a reopened file begins again. */
    waitedMs: bigint('waited_ms', { mode: 'number' }).notNull().default(0),
    /** With two auditors: who has approved first. */
    firstApprovedBy: uuid('first_approved_by').references(() => users.id),
    firstApprovedAt: time('first_approved_at'),
    decision: text('decision', { enum: DECISIONS }),
    decidedBy: uuid('decided_by').references(() => users.id),
    decidedAt: time('decided_at'),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id),
    /** Name of who made the last change; null for the system. */
    updatedBy: text('updated_by'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
    deletedAt: time('deleted_at'),
    deletedBy: uuid('deleted_by').references(() => users.id),
  },
  (t) => [
    check('customers_status', oneOf(t.status, CUSTOMER_STATES)),
    index('customers_number').on(t.number),
    index('customers_updated').on(t.updatedAt, t.id).where(sql`deleted_at is null`),
    index('customers_status_updated').on(t.status, t.updatedAt, t.id).where(sql`deleted_at is null`),
    index('customers_owner_updated').on(t.ownerId, t.updatedAt, t.id).where(sql`deleted_at is null`),
    index('customers_created').on(t.createdAt, t.id).where(sql`deleted_at is null`),
    index('customers_due').on(sql`coalesce(due_at, 'infinity')`, t.id).where(sql`deleted_at is null`),
    index('customers_deleted').on(t.deletedAt, t.id).where(sql`deleted_at is not null`),
    index('customers_expiry')
      .on(t.nextExpiryAt)
      .where(sql`next_expiry_at is not null and deleted_at is null`),
    check('customers_decision', oneOf(t.decision, DECISIONS)),
    index('customers_waiting')
      .on(t.waitingSince, t.id)
      .where(sql`status = 'reviewing' and deleted_at is null`),
    index('customers_submitted')
      .on(t.submittedAt, t.id)
      .where(sql`status = 'reviewing' and deleted_at is null`),
    index('customers_claim').on(t.claimUntil).where(sql`claimed_by is not null`),
    index('customers_decided').on(t.decidedAt, t.id).where(sql`decided_at is not null`),
    index('customers_branch').on(t.branch, t.updatedAt, t.id).where(sql`deleted_at is null`),
    index('customers_product').on(t.product, t.updatedAt, t.id).where(sql`deleted_at is null`),
    index('customers_returned').on(t.updatedAt, t.id).where(sql`deleted_at is null and has_returned`),
    index('customers_due_open')
      .on(t.dueAt, t.id)
      .where(sql`deleted_at is null and due_at is not null and status in ('pending', 'complete')`),
    // Serves the owner's to-do list.
    index('customers_todo')
      .on(t.ownerId)
      .where(sql`deleted_at is null and (status = 'complete'
        or (status = 'pending' and (has_returned or requested_types <> '[]')))`),
    index('customers_todo_due')
      .on(t.ownerId, t.dueAt)
      .where(sql`deleted_at is null and due_at is not null and status in ('pending', 'complete')`),
    // GIN scans its pending list linearly, so keep it small.
    index('customers_find')
      .using('gin', sql.raw(FIND_TERMS.replaceAll('c.', '')))
      .with({ gin_pending_list_limit: 512 })
      .where(sql`deleted_at is null`),
  ],
);

export const savedViews = pgTable(
  'saved_views',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    list: text('list').$type<ViewList>().notNull().default('customers'),
    query: text('query').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('saved_views_user').on(t.userId, t.createdAt),
    // Two views with the same name could not be told apart in the sidebar.
    uniqueIndex('saved_views_name').on(t.userId, sql`lower(normalize(btrim(name), NFKC))`),
  ],
);
