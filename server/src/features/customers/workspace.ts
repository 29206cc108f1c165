import { type Db, snapshot } from '@qijian/db/client.ts';
import { readChecklistItems, readDocumentTypes } from '@qijian/db/queries/catalog.ts';
import { calculateCompleteness } from '@qijian/db/queries/completeness.ts';
import { readCustomer } from '@qijian/db/queries/customer-changes.ts';
import { readCustomerEvents } from '@qijian/db/queries/customers.ts';
import { listDocuments } from '@qijian/db/queries/documents.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import type { CompletenessBody } from '@qijian/domain/contract/api/customers.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import { customerStream, type LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { EVENT_KINDS, type EventKind, typesOfKinds } from '@qijian/domain/rules/event-kinds.ts';
import { fieldProblem, Problem } from '../../plugins/problem.ts';

const EVENTS = 40;

/** Everything a workspace shows, in one snapshot together with the head of its stream. */
export function workspaceOf(db: Db, id: string): Promise<Workspace> {
  return snapshot(db, async (tx) => {
    const customer = await readCustomer(tx, id);
    if (!customer) throw new Problem('not-found');
    const [documents, types, checklist, events, head] = await Promise.all([
      listDocuments(tx, id),
      readDocumentTypes(tx),
      readChecklistItems(tx, customer.product),
      readCustomerEvents(tx, id, { limit: EVENTS }),
      readHead(tx, customerStream(id)),
    ]);
    const completeness = await calculateCompleteness(tx, customer, { types, checklist });
    return { customer, documents, completeness: bodyOf(completeness), types, checklist, events, head };
  });
}

/** What is required, satisfied and missing, and why, as of now. */
export function completenessOf(db: Db, id: string): Promise<CompletenessBody> {
  return snapshot(db, async (tx) => {
    const customer = await readCustomer(tx, id);
    if (!customer) throw new Problem('not-found');
    return bodyOf(await calculateCompleteness(tx, customer));
  });
}

/** A page of the operation log. */
export function eventsOf(
  db: Db,
  id: string,
  page: { after?: number; before?: number; limit?: number; kinds?: string },
): Promise<{ events: LiveEvent[]; head: number }> {
  const { kinds, limit = 50, ...range } = page;
  const types = kinds === undefined ? undefined : typesOfKinds(kindsOf(kinds));
  return snapshot(db, async (tx) => {
    if (!(await readCustomer(tx, id))) throw new Problem('not-found');
    const events = await readCustomerEvents(tx, id, { ...range, limit, types });
    const head = await readHead(tx, customerStream(id));
    return { events, head: head.seq };
  });
}

function kindsOf(text: string): EventKind[] {
  return text.split(',').map((word) => {
    const kind = EVENT_KINDS.find((known) => known === word);
    if (!kind) throw fieldProblem('kinds', `${word} is not a kind of event`);
    return kind;
  });
}

function bodyOf({
  nextExpiryAt: _,
  ...body
}: CompletenessBody & { nextExpiryAt: number | null }): CompletenessBody {
  return body;
}
