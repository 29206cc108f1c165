import type { PortalView } from '@qijian/domain/rules/portal.ts';
import {
  type AnyPgColumn,
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { time } from './columns.ts';
import { customers } from './customers.ts';
import { sessions, users } from './users.ts';

/** Invitations for one person to add documents to one customer; the secret is stored as its SHA-256 only. */
export const uploadLinks = pgTable(
  'upload_links',
  {
    id: uuid('id').primaryKey(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customers.id),
    version: integer('version').notNull().default(1),
    label: text('label'),
    tokenHash: text('token_hash').notNull(),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id),
    createdAt: time('created_at').notNull().defaultNow(),
    expiresAt: time('expires_at').notNull(),
    revokedAt: time('revoked_at'),
    replacedBy: uuid('replaced_by').references((): AnyPgColumn => uploadLinks.id),
    /** Wrong codes in its whole life. */
    failedTries: integer('failed_tries').notNull().default(0),
    lastOpenedAt: time('last_opened_at'),
    openedCount: integer('opened_count').notNull().default(0),
  },
  (t) => [
    uniqueIndex('upload_links_token').on(t.tokenHash),
    index('upload_links_customer').on(t.customerId, t.createdAt),
  ],
);

/** The places of resumable uploads under way in their link's limits; what arrives has its place as a document. */
export const linkReservations = pgTable(
  'link_reservations',
  {
    uploadId: uuid('upload_id').primaryKey(),
    linkId: uuid('link_id')
      .notNull()
      .references(() => uploadLinks.id, { onDelete: 'cascade' }),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** When the upload can no longer be taken up. */
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [index('link_reservations_link').on(t.linkId)],
);

/** Phones on which the right code was given; `idHash` as in `sessions`. */
export const portalSessions = pgTable(
  'portal_sessions',
  {
    idHash: text('id_hash').primaryKey(),
    linkId: uuid('link_id')
      .notNull()
      .references(() => uploadLinks.id, { onDelete: 'cascade' }),
    createdAt: time('created_at').notNull().defaultNow(),
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [index('portal_sessions_link').on(t.linkId), index('portal_sessions_expires').on(t.expiresAt)],
);

/** What the portal stream was last told, of every customer who has had a link; the next event is the difference. */
export const portalViews = pgTable('portal_views', {
  customerId: uuid('customer_id')
    .primaryKey()
    .references(() => customers.id, { onDelete: 'cascade' }),
  view: jsonb('view').$type<PortalView>().notNull(),
});

/** One-time codes by which somebody signed in goes on on a phone; they end with the session that asked. */
export const handoffs = pgTable(
  'handoffs',
  {
    tokenHash: text('token_hash').primaryKey(),
    sessionHash: text('session_hash')
      .notNull()
      .references(() => sessions.idHash, { onDelete: 'cascade' }),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customers.id, { onDelete: 'cascade' }),
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [index('handoffs_expires').on(t.expiresAt)],
);
