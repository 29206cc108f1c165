import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import { userStream } from '@qijian/domain/contract/live-events.ts';
import { and, count, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { customers } from '../schema/customers.ts';
import { notifications } from '../schema/notifications.ts';
import { appendEvents } from './events.ts';

const IDS_AN_EVENT = 500;

/** The columns of `toNotification`. */
export const notificationColumns = {
  row: notifications,
  customer: { id: customers.id, number: customers.number, name: customers.name },
};

/** A stored notification as whom it is for sees it. */
export function toNotification({
  row,
  customer,
}: {
  row: typeof notifications.$inferSelect;
  customer: { id: string; number: number; name: string };
}): Notification {
  return {
    id: row.id,
    kind: row.kind,
    customer: { ...customer, number: `QJ-${customer.number}` },
    documentId: row.documentId,
    commentId: row.commentId,
    actor: row.actor,
    createdAt: row.createdAt.toISOString(),
    readAt: row.readAt?.toISOString() ?? null,
  };
}

/** A page of somebody's notifications, newest first; those about deleted customers are left out. */
export async function listNotifications(
  db: DbOrTx,
  userId: string,
  page: { unread: boolean; before?: string | undefined; limit: number },
): Promise<Notification[]> {
  const rows = await db
    .select(notificationColumns)
    .from(notifications)
    .innerJoin(customers, and(eq(customers.id, notifications.customerId), isNull(customers.deletedAt)))
    .where(
      and(
        eq(notifications.userId, userId),
        page.unread ? isNull(notifications.readAt) : undefined,
        page.before ? lt(notifications.id, page.before) : undefined,
      ),
    )
    .orderBy(desc(notifications.id))
    .limit(page.limit);
  return rows.map(toNotification);
}

export async function countUnread(db: DbOrTx, userId: string): Promise<number> {
  const rows = await db
    .select({ many: count() })
    .from(notifications)
    .innerJoin(customers, and(eq(customers.id, notifications.customerId), isNull(customers.deletedAt)))
    .where(and(eq(notifications.userId, userId), isNull(notifications.readAt)));
  return rows[0]?.many ?? 0;
}

/** Marks somebody's notifications as read and says so; answers the ids of those that were unread. */
export async function markRead(
  tx: Tx,
  user: { id: string; name: string },
  which: { ids: string[] } | 'all',
): Promise<string[]> {
  const rows = await tx
    .update(notifications)
    .set({ readAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(notifications.userId, user.id),
        isNull(notifications.readAt),
        which === 'all' ? undefined : inArray(notifications.id, which.ids),
      ),
    )
    .returning({ id: notifications.id });
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const parts = Array.from({ length: Math.ceil(ids.length / IDS_AN_EVENT) }, (_, part) =>
    ids.slice(part * IDS_AN_EVENT, (part + 1) * IDS_AN_EVENT),
  );
  await appendEvents(
    tx,
    parts.map((part) => ({
      streams: [userStream(user.id)],
      entity: { type: 'notification', id: user.id },
      version: 1,
      type: 'notification.read',
      actor: { kind: 'user', id: user.id, name: user.name },
      data: { ids: part },
    })),
  );
  return ids;
}

/** Who is told of what happens to customers: their owner, creator and last submitter, and who is reviewing them now. */
export async function readConcerned(
  db: DbOrTx,
  customerIds: string[],
): Promise<Map<string, { staff: (string | null)[]; reviewer: string | null }>> {
  const rows = await db
    .select({
      id: customers.id,
      ownerId: customers.ownerId,
      createdBy: customers.createdBy,
      submittedBy: customers.submittedBy,
      reviewer: sql<
        string | null
      >`case when ${customers.claimUntil} > clock_timestamp() then ${customers.claimedBy} end`,
    })
    .from(customers)
    .where(inArray(customers.id, customerIds));
  return new Map(
    rows.map((row) => [
      row.id,
      { staff: [row.ownerId, row.createdBy, row.submittedBy], reviewer: row.reviewer },
    ]),
  );
}
