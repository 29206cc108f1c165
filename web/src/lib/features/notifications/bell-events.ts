import type { Notification } from '@qijian/domain/contract/api/notifications.ts';

/** What the bell shows. */
export interface Shown {
  /** Newest first. */
  items: Notification[];
  /** Of all, not only of those that are listed. */
  unread: number;
  /** Read since the snapshot, by this window or another. */
  read: ReadonlySet<string>;
}

/** The bell after one more; the same one twice changes nothing. */
export function withNotification(shown: Shown, notification: Notification): Shown {
  if (shown.items.some(({ id }) => id === notification.id)) return shown;
  const isUnread = notification.readAt === null && !shown.read.has(notification.id);
  return {
    ...shown,
    items: [notification, ...shown.items],
    unread: shown.unread + (isUnread ? 1 : 0),
  };
}

/** The bell after these were read: each counts once, whether the answer or the event comes first. */
export function withRead(shown: Shown, ids: readonly string[], at: string): Shown {
  const wasRead = new Set(shown.items.filter(({ readAt }) => readAt !== null).map(({ id }) => id));
  const newly = ids.filter((id) => !shown.read.has(id) && !wasRead.has(id));
  const read = new Set([...shown.read, ...newly]);
  return {
    items: shown.items.map((item) =>
      item.readAt === null && read.has(item.id) ? { ...item, readAt: at } : item,
    ),
    unread: Math.max(0, shown.unread - newly.length),
    read,
  };
}
