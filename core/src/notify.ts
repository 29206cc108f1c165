import type { Tx } from '@qijian/db/client.ts';
import { appendEvents } from '@qijian/db/queries/events.ts';
import { notificationColumns, toNotification } from '@qijian/db/queries/notifications.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { notifications } from '@qijian/db/schema/notifications.ts';
import { type Actor, userStream } from '@qijian/domain/contract/live-events.ts';
import type { NotificationKind } from '@qijian/domain/rules/notification-kinds.ts';
import { eq, inArray, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';

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
    .select(notificationColumns)
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
