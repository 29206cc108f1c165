import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { m } from '#lib/paraglide/messages.js';
import { toast } from '#lib/toasts.svelte.ts';
import { goto } from '$app/navigation';
import { page } from '$app/state';
import { isSaidAtOnce, notificationHref, notificationWords } from './notification-words.ts';
import { notifications } from './notifications.svelte.ts';

const SHOWN_MS = 8_000;
/** What is older came while the connection was away and waits at the bell. */
const FRESH_MS = 60_000;

/** Says what has just happened for whoever is signed in; opening it marks it as read. */
export function toastNotification(notification: Notification, role: Role): void {
  const isFresh = Date.now() - Date.parse(notification.createdAt) < FRESH_MS;
  if (!isFresh || notification.readAt !== null || !isSaidAtOnce(notification)) return;
  const { customer } = notification;
  // The desk and the queue show these themselves.
  if (page.url.pathname === `/review/${customer.id}` && notification.kind.startsWith('claim')) return;
  if (page.url.pathname === '/review' && notification.kind === 'claim-requested') return;
  toast(m.notification_about({ words: notificationWords(notification), customer: customer.name }), {
    forMs: SHOWN_MS,
    action: {
      label: m.notification_look(),
      run: () => {
        void notifications.read({ ids: [notification.id] }).catch(() => {});
        void goto(notificationHref(notification, role, page.url.pathname));
      },
    },
  });
}
