import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { NOTIFICATION_KINDS } from '@qijian/domain/rules/notification-kinds.ts';
import { sql } from 'drizzle-orm';
import { check, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { oneOf, time } from './columns.ts';
import { comments } from './comments.ts';
import { customers } from './customers.ts';
import { documents } from './documents.ts';
import { users } from './users.ts';

/** What happened for one person, until they have read it and after. */
export const notifications = pgTable(
  'notifications',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: NOTIFICATION_KINDS }).notNull(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customers.id, { onDelete: 'cascade' }),
    documentId: uuid('document_id').references(() => documents.id, { onDelete: 'set null' }),
    commentId: uuid('comment_id').references(() => comments.id, { onDelete: 'set null' }),
    actor: jsonb('actor').$type<Actor>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    readAt: time('read_at'),
  },
  (t) => [
    check('notifications_kind', oneOf(t.kind, NOTIFICATION_KINDS)),
    index('notifications_user').on(t.userId, t.id),
    index('notifications_unread').on(t.userId, t.kind, t.customerId).where(sql`read_at is null`),
    index('notifications_customer').on(t.customerId),
    index('notifications_document').on(t.documentId).where(sql`document_id is not null`),
    index('notifications_comment').on(t.commentId).where(sql`comment_id is not null`),
  ],
);
