import { type Static, Type } from 'typebox';
import { NOTIFICATION_KINDS } from '../../rules/notification-kinds.ts';
import type { Endpoints } from '../endpoint.ts';
import { Id, Nullable, StreamHeadBody, Timestamp } from './common.ts';

/** Something that happened for one person; the web has the words. */
export const NotificationSchema = Type.Object(
  {
    id: Id,
    kind: Type.Enum([...NOTIFICATION_KINDS]),
    customer: Type.Object({ id: Id, number: Type.String(), name: Type.String() }),
    documentId: Nullable(Id),
    commentId: Nullable(Id),
    /** Who caused it; `kind` is `user`, `customer` or `system`. */
    actor: Type.Object({ kind: Type.String(), id: Nullable(Type.String()), name: Type.String() }),
    createdAt: Timestamp,
    readAt: Nullable(Timestamp),
  },
  { title: 'Notification' },
);
export type Notification = Static<typeof NotificationSchema>;

export const NotificationsQuery = Type.Object(
  {
    unread: Type.Optional(Type.Boolean()),
    /** `nextCursor` of the page before. */
    cursor: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  { additionalProperties: false },
);
/** Newest first; `unread` counts all; `head` is that of `user:<id>` in the same snapshot. */
export const NotificationList = Type.Object({
  items: Type.Array(NotificationSchema),
  unread: Type.Integer(),
  nextCursor: Nullable(Id),
  head: StreamHeadBody,
});
export type NotificationListBody = Static<typeof NotificationList>;

/** Either `ids` or `all`. */
export const ReadNotificationsBody = Type.Object(
  {
    ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 200 })),
    all: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false, examples: [{ all: true }] },
);
export type ReadNotifications = Static<typeof ReadNotificationsBody>;
/** Those that were unread until now. */
export const ReadNotificationsAnswer = Type.Object({ ids: Type.Array(Id) });

export const notificationEndpoints = {
  listNotifications: {
    method: 'GET',
    path: '/api/notifications',
    access: 'signed-in',
    query: NotificationsQuery,
    answer: [200, NotificationList],
  },
  readNotifications: {
    method: 'POST',
    path: '/api/notifications/read',
    access: 'signed-in',
    body: ReadNotificationsBody,
    answer: [200, ReadNotificationsAnswer],
    once: true,
  },
} as const satisfies Endpoints;
