import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import type { NotificationKind } from '@qijian/domain/rules/notification-kinds.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { m } from '#lib/paraglide/messages.js';

const WORDS: Record<NotificationKind, (who: { name: string }) => string> = {
  mention: (who) => m.notification_mention(who),
  returned: (who) => m.notification_returned(who),
  approved: (who) => m.notification_approved(who),
  rejected: (who) => m.notification_rejected(who),
  'claimed-away': (who) => m.notification_claimed_away(who),
  'claim-requested': (who) => m.notification_claim_requested(who),
  'link-locked': () => m.notification_link_locked(),
  'upload-after-submission': (who) => m.notification_upload_after_submission(who),
  'many-downloads': (who) => m.notification_many_downloads(who),
};

/** A notification in words, with who caused it. */
export function notificationWords({ kind, actor }: Pick<Notification, 'kind' | 'actor'>): string {
  const name =
    actor.kind === 'system' ? m.actor_system() : actor.kind === 'customer' ? m.actor_customer() : actor.name;
  return WORDS[kind]({ name });
}

/** Those that concern somebody in person, or wait for an answer, are said at once; the others wait at the bell. */
const SAID_AT_ONCE: readonly NotificationKind[] = ['mention', 'returned', 'claimed-away', 'claim-requested'];
export const isSaidAtOnce = ({ kind }: Pick<Notification, 'kind'>) => SAID_AT_ONCE.includes(kind);

const OF_THE_CLAIM: readonly NotificationKind[] = ['claimed-away', 'claim-requested'];

/** Where a notification leads from a page: to the comment, the document, the auditor's desk or the customer. */
export function notificationHref(
  {
    kind,
    customer,
    documentId,
    commentId,
  }: Pick<Notification, 'kind' | 'customer' | 'documentId' | 'commentId'>,
  role: Role,
  path: string,
): string {
  const desk = `/review/${customer.id}`;
  if (commentId) return `${path === desk ? desk : `/customers/${customer.id}`}?comment=${commentId}`;
  if (OF_THE_CLAIM.includes(kind) && may(role, 'reviews.decide')) return desk;
  if (kind === 'upload-after-submission' && role === 'auditor') return desk;
  return documentId ? `/customers/${customer.id}?document=${documentId}` : `/customers/${customer.id}`;
}
