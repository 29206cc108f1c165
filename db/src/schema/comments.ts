import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { time } from './columns.ts';
import { customers } from './customers.ts';
import { documents } from './documents.ts';
import { users } from './users.ts';

/** What the staff side says to each other about a customer or a document. */
export const comments = pgTable(
  'comments',
  {
    id: uuid('id').primaryKey(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customers.id, { onDelete: 'cascade' }),
    documentId: uuid('document_id').references(() => documents.id, { onDelete: 'cascade' }),
    authorId: uuid('author_id')
      .notNull()
      .references(() => users.id),
    version: integer('version').notNull().default(1),
    /** Empty once deleted. */
    body: text('body').notNull(),
    mentions: uuid('mentions').array().notNull().default([]),
    createdAt: time('created_at').notNull().defaultNow(),
    editedAt: time('edited_at'),
    deletedAt: time('deleted_at'),
  },
  (t) => [
    index('comments_customer').on(t.customerId, t.id).where(sql`deleted_at is null`),
    index('comments_document').on(t.documentId, t.id).where(sql`document_id is not null`),
  ],
);
