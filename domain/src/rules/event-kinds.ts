/** What the feed of a customer can be filtered by. */
export const EVENT_KINDS = ['document', 'review', 'field', 'comment', 'link', 'state'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

const TYPES: Record<EventKind, readonly string[]> = {
  document: [
    'document.added',
    'document.ready',
    'document.failed',
    'document.retried',
    'document.deleted',
    'document.restored',
    'document.moved',
    'document.settled',
  ],
  review: [
    'customer.submitted',
    'customer.withdrawn',
    'customer.claimed',
    'customer.released',
    'customer.first-approved',
    'customer.approved',
    'customer.rejected',
    'customer.returned',
    'customer.reopened',
    'document.reviewed',
    'document.review-undone',
  ],
  field: ['customer.updated', 'customer.type-waived', 'customer.type-unwaived'],
  comment: ['comment.added', 'comment.edited', 'comment.deleted'],
  link: ['link.created', 'link.reissued', 'link.revoked', 'link.opened', 'link.tried', 'link.locked'],
  state: [
    'customer.created',
    'customer.deleted',
    'customer.restored',
    'customer.completeness-changed',
    'customer.state-changed',
  ],
};

/** The event types of these kinds. */
export function typesOfKinds(kinds: readonly EventKind[]): string[] {
  return kinds.flatMap((kind) => TYPES[kind]);
}

/** The event types a feed shows: of the kinds asked for, or of all of them but that a preview is ready. */
export function typesOfFeed(kinds: readonly EventKind[] | null): string[] {
  return kinds ? typesOfKinds(kinds) : typesOfKinds(EVENT_KINDS).filter((type) => type !== 'document.ready');
}

/** What kind of event a type is; null for what is in no customer's feed. */
export function kindOfEvent(type: string): EventKind | null {
  return EVENT_KINDS.find((kind) => TYPES[kind].includes(type)) ?? null;
}
