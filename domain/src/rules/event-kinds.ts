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

/**
 * What a feed shows: events of these types, and with `moves` whatever moved the state of a file. Of the kinds asked for,
 * or of all of them but that a preview is ready.
 */
export function feedOf(kinds: readonly EventKind[] | null): { types: string[]; moves: boolean } {
  const types = typesOfKinds(kinds ?? EVENT_KINDS);
  if (kinds) return { types, moves: kinds.includes('state') };
  return { types: types.filter((type) => type !== 'document.ready'), moves: true };
}

/** What kind of event a type is; null for what is in no customer's feed. */
export function kindOfEvent(type: string): EventKind | null {
  return EVENT_KINDS.find((kind) => TYPES[kind].includes(type)) ?? null;
}

/** Whether a filter for one kind finds an event: whatever moved the state of a file is of that kind too. */
export function isOfKind(event: { type: string; data: object }, kind: EventKind): boolean {
  const { effect } = event.data as { effect?: { status?: unknown } };
  return kindOfEvent(event.type) === kind || (kind === 'state' && effect?.status !== undefined);
}
