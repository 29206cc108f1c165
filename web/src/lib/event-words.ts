import type { Effect, EventBodies, EventType, LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { EventKind } from '@qijian/domain/rules/event-kinds.ts';
import { m } from '#lib/paraglide/messages.js';
import { moment, money } from './format.ts';
import { fieldName, reasonNames, stateName } from './names.ts';

/** What is for screens, or for one person, and is in no log that people read. */
type Untold =
  | 'notification.added'
  | 'notification.read'
  | 'catalog.recalculated'
  | 'user.changed'
  | 'invite.changed';

type Words = {
  [T in Exclude<EventType, Untold>]: (data: EventBodies[T], typeName: (code: string) => string) => string;
};

const document =
  (say: (of: { type: string; filename: string }) => string) =>
  (data: EventBodies['document.added'], typeName: (code: string) => string) =>
    say({ type: typeName(data.document.type), filename: data.document.filename });

const WORDS: Words = {
  'customer.created': () => m.event_customer_created(),
  'customer.updated': (data) =>
    m.event_customer_updated({
      fields: data.changes.map((change) => fieldName(change.field)).join(m.list_comma()),
    }),
  'customer.deleted': () => m.event_customer_deleted(),
  'customer.restored': () => m.event_customer_restored(),
  'customer.completeness-changed': (data) =>
    m.event_completeness_changed({ satisfied: data.to, required: data.customer.completeness.required }),
  'customer.state-changed': (data) => m.event_state_changed({ to: stateName(data.to) }),
  'customer.submitted': () => m.event_submitted(),
  'customer.withdrawn': () => m.event_withdrawn(),
  'customer.claimed': (data) => {
    if (data.how === 'granted')
      return m.event_claim_granted({ name: data.customer.claimedBy?.displayName ?? '' });
    return data.how === 'taken-over'
      ? m.event_claim_taken_over({ name: data.from?.displayName ?? '' })
      : m.event_claimed();
  },
  'customer.released': (data) =>
    data.reason === 'expired'
      ? m.event_claim_expired({ name: data.from?.displayName ?? '' })
      : m.event_released(),
  'customer.first-approved': () => m.event_first_approved(),
  'customer.approved': () => m.event_approved(),
  'customer.rejected': () => m.event_rejected(),
  'customer.returned': () => m.event_returned(),
  'customer.reopened': () => m.event_reopened(),
  'customer.type-waived': ({ documentType, customer }, typeName) =>
    // Events of earlier releases lack it.
    customer.excusedTypes?.some(({ type }) => type === documentType)
      ? m.event_type_excused({ type: typeName(documentType) })
      : m.event_type_waived({ type: typeName(documentType) }),
  'customer.type-unwaived': (data, typeName) => m.event_type_unwaived({ type: typeName(data.documentType) }),
  'document.added': document((of) => m.event_document_added(of)),
  'document.ready': document((of) => m.event_document_ready(of)),
  'document.failed': document((of) => m.event_document_failed(of)),
  'document.retried': document((of) => m.event_document_retried(of)),
  'document.deleted': document((of) => m.event_document_deleted(of)),
  'document.restored': document((of) => m.event_document_restored(of)),
  'document.moved': document((of) => m.event_document_moved(of)),
  'document.settled': document((of) => m.event_document_settled(of)),
  'document.reviewed': (data, typeName) =>
    data.document.verdict === 'accepted'
      ? m.event_document_accepted({ type: typeName(data.document.type) })
      : m.event_document_rejected({
          type: typeName(data.document.type),
          reason: reasonNames(data.document),
        }),
  'document.review-undone': document((of) => m.event_review_undone(of)),
  'comment.added': () => m.event_comment_added(),
  'comment.edited': () => m.event_comment_edited(),
  'comment.deleted': () => m.event_comment_deleted(),
  'link.created': () => m.event_link_created(),
  'link.reissued': () => m.event_link_reissued(),
  'link.revoked': () => m.event_link_revoked(),
  'link.opened': () => m.event_link_opened(),
  'link.tried': (data) => m.event_link_tried({ count: data.link.triesLeft }),
  'link.locked': () => m.event_link_locked(),
  'catalog.changed': () => m.event_catalog_changed(),
};

const effectOf = (event: LiveEvent): Effect => ('effect' in event.data && event.data.effect) || {};

/**
 * Whether people are told of it: what has no words, and a recalculation that moved nothing, is for screens only; that
 * a preview is ready, for whoever asked for what happens to documents, unless the state of the file moved with it.
 */
export function isTold(event: LiveEvent, asked: EventKind | null = null): boolean {
  if (!(event.type in WORDS)) return false;
  if (effectOf(event).status) return true;
  if (event.type === 'document.ready') return asked === 'document';
  return !('from' in event.data && 'to' in event.data && event.data.from === event.data.to);
}

/** An event in words, without who did it. */
export function eventWords(event: LiveEvent, typeName: (code: string) => string): string {
  const say = (WORDS as Partial<Record<EventType, unknown>>)[event.type] as
    | ((data: unknown, typeName: (code: string) => string) => string)
    | undefined;
  if (event.type === 'customer.released') {
    const { from, reason } = (event as LiveEvent<'customer.released'>).data;
    // An administrator has ended somebody else's claim.
    if (reason === 'released' && from && from.id !== event.actor.id)
      return m.event_claim_ended({ name: from.displayName });
  }
  return say ? say(event.data, typeName) : event.type;
}

/** What the file did by itself with an event. */
export function effectWords(event: LiveEvent): string[] {
  const { satisfied, status } = effectOf(event);
  const words = [];
  // The event itself already says so.
  if (satisfied && event.type !== 'customer.completeness-changed' && 'customer' in event.data) {
    const { required } = event.data.customer.completeness;
    words.push(m.effect_completeness({ from: satisfied.from, to: satisfied.to, required }));
  }
  if (status) words.push(m.effect_state({ to: stateName(status.to) }));
  return words;
}

/**
 * Of an edit each field with what it was and what it became, a note by its name alone; and what the file did by itself
 * with it.
 */
export function eventChanges(event: LiveEvent, productName: (code: string) => string): string[] {
  if (event.type !== 'customer.updated') return effectWords(event);
  const { changes } = event.data as EventBodies['customer.updated'];
  const words = (field: string, value: string | number | null): string => {
    if (value === null || value === '') return '—';
    if (field === 'product') return productName(String(value));
    if (field === 'amount') return money(Number(value));
    return field === 'dueAt' ? moment(String(value)) : String(value);
  };
  const fields = changes
    .filter(({ field, from, to }) => field !== 'note' && from !== to)
    .map(({ field, from, to }) =>
      m.event_change({ field: fieldName(field), from: words(field, from), to: words(field, to) }),
    );
  return [...fields, ...effectWords(event)];
}

/** What somebody gave as the reason, where the event has one. */
export function eventQuote(event: LiveEvent): string | null {
  const data = event.data as { reason?: string | null; document?: { message?: string; verdict?: string } };
  if (event.type === 'customer.released') return null;
  if ('comment' in event.data) return event.data.comment.body || null;
  if (event.type === 'document.reviewed') return data.document?.message ?? null;
  return data.reason ?? null;
}

/** Who did it; the system has no name. */
export function actorName(event: LiveEvent, ownId: string): string {
  if (event.actor.kind === 'system') return m.actor_system();
  if (event.actor.kind === 'customer') return m.actor_customer();
  return event.actor.id === ownId ? m.actor_you() : event.actor.name;
}
