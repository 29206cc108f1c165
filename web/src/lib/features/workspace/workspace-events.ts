import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';

/** What events change on a workspace. */
export interface Shown {
  customer: Customer;
  items: CompletenessItem[];
  /** In the order in which they were uploaded. */
  documents: Document[];
  /** Newest first. */
  events: LiveEvent[];
  isDeleted: boolean;
}

/** The workspace after one event; the answer to one's own command may have been faster, then it changes nothing. */
export function afterEvent(shown: Shown, event: LiveEvent): Shown {
  const { data, type } = event;
  const customer = 'customer' in data ? newer(shown.customer, data.customer) : shown.customer;
  const items = 'items' in data && data.items ? withItems(shown.items, data.items) : shown.items;
  let { documents, isDeleted } = shown;
  if (type === 'document.settled' && 'document' in data) documents = settled(documents, data.document);
  if ('document' in data)
    documents =
      type === 'document.deleted'
        ? without(documents, data.document.id)
        : withDocument(documents, data.document);
  if (type === 'customer.deleted') isDeleted = true;
  if (type === 'customer.restored') isDeleted = false;
  return { customer, items, documents, events: [event, ...shown.events], isDeleted };
}

/** The later of two states of one customer. */
export function newer(known: Customer, other: Customer): Customer {
  return other.revision >= known.revision ? other : known;
}

/** The pieces with those that changed; a type that is new comes last until the next snapshot. */
function withItems(items: CompletenessItem[], changed: CompletenessItem[]): CompletenessItem[] {
  const now = new Map(changed.map((item) => [item.type, item]));
  const known = new Set(items.map((item) => item.type));
  return [
    ...items.map((item) => now.get(item.type) ?? item),
    ...changed.filter((item) => !known.has(item.type)),
  ];
}

/** The documents with one added, or replaced when it is not older than the known one. */
export function withDocument(documents: readonly Document[], document: Document): Document[] {
  const index = documents.findIndex((known) => known.id === document.id);
  const known = documents[index];
  if (known) return document.version >= known.version ? documents.with(index, document) : [...documents];
  return [...documents, document].sort(
    (a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id),
  );
}

/** The documents once no further page of one of them comes. */
export function settled(documents: readonly Document[], { group }: Document): Document[] {
  return documents.map((known) =>
    group && known.group?.id === group.id ? { ...known, group: { ...known.group, total: null } } : known,
  );
}

export function without(documents: readonly Document[], id: string): Document[] {
  return documents.filter((document) => document.id !== id);
}
