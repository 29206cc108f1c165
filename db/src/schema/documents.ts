import type { Region } from '@qijian/domain/rules/portal.ts';
import { REASON_CODES, type ReasonCode } from '@qijian/domain/rules/review-reasons.ts';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { oneOf, time } from './columns.ts';
import { customers } from './customers.ts';
import { uploadLinks } from './links.ts';
import { users } from './users.ts';

export const DOCUMENT_STATES = ['processing', 'ready', 'failed'] as const;
export const VERDICTS = ['pending', 'accepted', 'rejected'] as const;
export const SOURCES = ['desk', 'phone', 'api', 'portal'] as const;

/** A verdict as it is stored. */
export interface Review {
  verdict: (typeof VERDICTS)[number];
  reasonCodes: ReasonCode[];
  message: string | null;
  privateNote: string | null;
  region: Region | null;
  reviewedBy: string | null;
  /** ISO 8601. */
  reviewedAt: string | null;
}

/** What the customer has heard of a verdict. */
export type ToldVerdict = Pick<Review, 'verdict' | 'reasonCodes' | 'message' | 'region'>;

export const documents = pgTable(
  'documents',
  {
    id: uuid('id').primaryKey(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customers.id),
    type: text('type').notNull(),
    version: integer('version').notNull().default(1),
    filename: text('filename').notNull(),
    mime: text('mime').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    storageKey: text('storage_key').notNull(),
    pages: integer('pages'),
    width: integer('width'),
    height: integer('height'),
    state: text('state', { enum: DOCUMENT_STATES }).notNull().default('processing'),
    failure: text('failure'),
    /** What page 1 does not show of what is in it. */
    note: text('note'),
    /** When the preview was last attempted; the reconciler asks again after a while. */
    attemptedAt: time('attempted_at'),
    /** Whether opening it, or a page of it, took longer than others can be kept waiting for. */
    heavy: boolean('heavy').notNull().default(false),
    verdict: text('verdict', { enum: VERDICTS }).notNull().default('pending'),
    reasonCode: text('reason_code', { enum: REASON_CODES }),
    reasonCodes: text('reason_codes', { enum: REASON_CODES }).array().notNull().default([]),
    message: text('message'),
    privateNote: text('private_note'),
    /** What the reviewer marked. */
    reviewRegion: jsonb('review_region').$type<Region>(),
    reviewedBy: uuid('reviewed_by').references(() => users.id),
    reviewedAt: time('reviewed_at'),
    /** What the last verdict replaced, as long as it can be taken back. */
    previousReview: jsonb('previous_review').$type<Review>(),
    /** The verdict of the last decision, as soon as there is another that no decision has followed yet. */
    toldVerdict: jsonb('told_verdict').$type<ToldVerdict>(),
    /** Null when the customer uploaded it through a link. */
    uploadedBy: uuid('uploaded_by').references(() => users.id),
    /** The name at the time, kept for the log. */
    uploaderName: text('uploader_name').notNull(),
    /** The link it came by; null when staff added it. */
    linkId: uuid('link_id').references(() => uploadLinks.id),
    /** Documents with the same group are pages of one, in the order of `pageIndex`. */
    groupId: uuid('group_id'),
    pageIndex: smallint('page_index'),
    /** How many pages the group has; null where it was not said, or no further page comes. */
    pageTotal: smallint('page_total'),
    source: text('source', { enum: SOURCES }).notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    /** When it was moved to the type it has; null where it was uploaded to it. */
    movedAt: time('moved_at'),
    deletedAt: time('deleted_at'),
    deletedBy: uuid('deleted_by').references(() => users.id),
  },
  (t) => [
    index('documents_customer').on(t.customerId, t.createdAt, t.id),
    index('documents_same_bytes').on(t.customerId, t.sha256).where(sql`deleted_at is null`),
    index('documents_waiting')
      .on(sql`coalesce(link_id, uploaded_by)`, t.createdAt)
      .where(sql`state = 'processing' and deleted_at is null`),
    index('documents_link').on(t.linkId).where(sql`link_id is not null`),
    index('documents_deleted').on(t.deletedAt).where(sql`deleted_at is not null`),
    check('documents_state', oneOf(t.state, DOCUMENT_STATES)),
    check('documents_verdict', oneOf(t.verdict, VERDICTS)),
    check('documents_source', oneOf(t.source, SOURCES)),
  ],
);

/** Small pictures that somebody has seen in this hour: the look is in the audit log once. */
export const documentGlimpses = pgTable(
  'document_glimpses',
  {
    viewerId: uuid('viewer_id').notNull(),
    documentId: uuid('document_id')
      .notNull()
      .references(() => documents.id, { onDelete: 'cascade' }),
    hour: time('hour').notNull(),
  },
  (t) => [primaryKey({ columns: [t.viewerId, t.documentId, t.hour] })],
);

/** Pages of PDFs, and strips of pages, that were asked for; the first time one is, the worker makes it. */
export const documentPages = pgTable(
  'document_pages',
  {
    documentId: uuid('document_id')
      .notNull()
      .references(() => documents.id, { onDelete: 'cascade' }),
    page: smallint('page').notNull(),
    /** From 1; 0 is the whole page. */
    strip: smallint('strip').notNull().default(0),
    state: text('state', { enum: DOCUMENT_STATES }).notNull().default('processing'),
    failure: text('failure'),
    /** What the page does not show of what is in it. */
    note: text('note'),
    /** When a worker last took it; another may after a while. */
    attemptedAt: time('attempted_at'),
  },
  (t) => [
    primaryKey({ columns: [t.documentId, t.page, t.strip] }),
    check('document_pages_state', oneOf(t.state, DOCUMENT_STATES)),
  ],
);
