import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import { type Actor, userStream } from '@qijian/domain/contract/live-events.ts';
import type { NotificationKind } from '@qijian/domain/rules/notification-kinds.ts';
import { and, count, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { DbOrTx, Tx } from '../client.ts';
import { customers } from '../schema/customers.ts';
import { notifications } from '../schema/notifications.ts';
import { appendEvents } from './events.ts';

/** What is to be told to whom; the actor and people without an active account are left out. */
export interface Notice {
  kind: NotificationKind;
  customerId: string;
  documentId?: string | null;
  commentId?: string | null;
  actor: Actor;
  to: (string | null)[];
  /** Not again while the same by the same person is still unread. */
  once?: boolean;
}

const IDS_AN_EVENT = 500;

const columns = {
  row: notifications,
  customer: { id: customers.id, number: customers.number, name: customers.name },
};

/** Writes notifications and their live events, in the transaction of what caused them. */
export async function notify(tx: Tx, notices: readonly Notice[]): Promise<void> {
  const rows = notices.flatMap((notice) =>
    [...new Set(notice.to)]
      .filter((userId): userId is string => userId !== null && userId !== notice.actor.id)
      .map((userId) => ({
        id: uuidv7(),
        user_id: userId,
        kind: notice.kind,
        customer_id: notice.customerId,
        document_id: notice.documentId ?? null,
        comment_id: notice.commentId ?? null,
        actor: notice.actor,
        once: notice.once ?? false,
      })),
  );
  if (rows.length === 0) return;
  const written = await tx.execute<{ id: string }>(sql`
    insert into notifications (id, user_id, kind, customer_id, document_id, comment_id, actor, created_at)
    select n.id, n.user_id, n.kind, n.customer_id, n.document_id, n.comment_id, n.actor, clock_timestamp()
    from json_to_recordset(${JSON.stringify(rows)}::json) as n (id uuid, user_id uuid, kind text, customer_id uuid,
      document_id uuid, comment_id uuid, actor jsonb, once boolean)
    join users u on u.id = n.user_id and u.active
    where not (n.once and exists (
      select from notifications o where o.user_id = n.user_id and o.kind = n.kind
        and o.customer_id = n.customer_id and o.read_at is null
        and o.actor->>'id' is not distinct from n.actor->>'id'))
    returning id`);
  if (written.length === 0) return;
  const added = await tx
    .select(columns)
    .from(notifications)
    .innerJoin(customers, eq(customers.id, notifications.customerId))
    .where(
      inArray(
        notifications.id,
        written.map(({ id }) => id),
      ),
    )
    .orderBy(notifications.id);
  await appendEvents(
    tx,
    added.map((selected) => ({
      streams: [userStream(selected.row.userId)],
      entity: { type: 'notification', id: selected.row.id },
      version: 1,
      type: 'notification.added',
      actor: selected.row.actor,
      data: { notification: toNotification(selected) },
    })),
  );
}

function toNotification({
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
    .select(columns)
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
