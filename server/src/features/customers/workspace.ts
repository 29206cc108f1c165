import { calculateCompleteness } from '@qijian/core/completeness.ts';
import { type Db, snapshot } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { readCustomerEvents, readLog } from '@qijian/db/queries/customers.ts';
import { listDocuments } from '@qijian/db/queries/documents.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import type { CompletenessBody } from '@qijian/domain/contract/api/completeness.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import {
  CATALOG_STREAM,
  CUSTOMERS_STREAM,
  customerStream,
  type LiveEvent,
  type StreamHead,
} from '@qijian/domain/contract/live-events.ts';
import { EVENT_KINDS, type EventKind, feedOf } from '@qijian/domain/rules/event-kinds.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';

const EVENTS = 40;

/** Everything a workspace shows, in one snapshot together with the head of its stream. */
export function workspaceOf(db: Db, id: string): Promise<Workspace> {
  return snapshot(db, async (tx) => {
    const customer = await readCustomer(tx, id);
    if (!customer) throw new Problem('not-found');
    const [documents, completeness, events, head, catalogHead] = await Promise.all([
      listDocuments(tx, id),
      calculateCompleteness(tx, customer),
      readCustomerEvents(tx, id, { limit: EVENTS }),
      readHead(tx, customerStream(id)),
      readHead(tx, CATALOG_STREAM),
    ]);
    return { customer, documents, completeness: bodyOf(completeness), events, head, catalogHead };
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
  const feed = kinds === undefined ? undefined : feedOf(kindsOf(kinds));
  return snapshot(db, async (tx) => {
    if (!(await readCustomer(tx, id))) throw new Problem('not-found');
    const events = await readCustomerEvents(tx, id, { ...range, limit, feed });
    const head = await readHead(tx, customerStream(id));
    return { events, head: head.seq };
  });
}

/** How many numbers of the log one page looks through at most: kinds that are rare among millions stay cheap. */
const LOOKED_THROUGH = 2_000;

/** A page of what happened to all customers, newest first, with the head it goes back from. */
export function activityOf(
  db: Db,
  page: { before?: number; limit?: number; kinds?: string },
): Promise<{ events: LiveEvent[]; head: StreamHead; next: number | null }> {
  const { kinds, limit = 50 } = page;
  const feed = feedOf(kinds === undefined ? null : kindsOf(kinds));
  return snapshot(db, async (tx) => {
    const head = await readHead(tx, CUSTOMERS_STREAM);
    const before = Math.min(page.before ?? head.seq + 1, head.seq + 1);
    const after = Math.max(0, before - 1 - LOOKED_THROUGH);
    const events = await readLog(tx, CUSTOMERS_STREAM, { after, before, limit, feed }, true);
    const reached = events.length === limit ? (events.at(-1)?.seq ?? 1) : after + 1;
    const isOlder = (await readLog(tx, CUSTOMERS_STREAM, { before: reached, limit: 1 }, true)).length > 0;
    return { events, head, next: isOlder ? reached : null };
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
