import { isDeepStrictEqual } from 'node:util';
import { builtOnce, type DbOrTx, type Tx } from '@qijian/db/client.ts';
import { type CustomerRow, customerColumns, toCustomer } from '@qijian/db/queries/customer-row.ts';
import { appendAudit, appendEvents } from '@qijian/db/queries/events.ts';
import { readConcerned } from '@qijian/db/queries/notifications.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import type { CompletenessBody } from '@qijian/domain/contract/api/completeness.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import {
  type Actor,
  CUSTOMERS_STREAM,
  customerStream,
  type Effect,
  type EventBodies,
  type EventType,
} from '@qijian/domain/contract/live-events.ts';
import type { Completeness, CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { type CustomerState, stateForCompleteness } from '@qijian/domain/rules/customer-states.ts';
import type { NotificationKind } from '@qijian/domain/rules/notification-kinds.ts';
import { eq, sql } from 'drizzle-orm';
import { completenessColumns, completenessOf, readFacts } from './completeness.ts';
import { type Notice, notify } from './notify.ts';
import { readPortalViews, readTellable, type Told, tellPortals } from './portal-views.ts';

/** After these the file is no longer the one that the first of two auditors has approved. */
const VOIDS_FIRST_APPROVAL: ReadonlySet<EventType> = new Set<EventType>([
  'document.added',
  'document.deleted',
  'document.restored',
  'document.moved',
]);

/** After these there is nothing new to look at, unless the state of the file moved with them. */
const NOTHING_NEW: ReadonlySet<EventType> = new Set<EventType>([
  'document.ready',
  'document.failed',
  'document.retried',
  'customer.claimed',
  'customer.released',
]);

/** Whether somebody who has seen a customer has to look again after such a change. */
const asksForALook = (type: EventType, effect: Effect) =>
  !NOTHING_NEW.has(type) || effect.status !== undefined;

const given = (name: 'completeness' | 'pieces' | 'missing' | 'hasReturned' | 'status') =>
  sql`${sql.param(sql.placeholder(name), customers[name])}`;

/** What every change does to the row, and what this one sets besides. */
const updateOfRow = (db: DbOrTx, set: Partial<CustomerRow>) =>
  db
    .update(customers)
    .set({
      ...set,
      completeness: given('completeness'),
      pieces: given('pieces'),
      missing: given('missing'),
      hasReturned: given('hasReturned'),
      nextExpiryAt: sql`${sql.placeholder('nextExpiryAt')}`,
      status: given('status'),
      revision: sql`${customers.revision} + 1`,
      version: sql`${customers.version} + ${sql.placeholder('looks')}::integer`,
      updatedAt: sql`case when ${sql.placeholder('keepsPlace')} then ${customers.updatedAt} else clock_timestamp() end`,
      updatedBy: sql`coalesce(${sql.placeholder('by')}, ${customers.updatedBy})`,
    })
    .where(eq(customers.id, sql.placeholder('id')))
    .returning(customerColumns)
    .prepare('change_customer');
const updateOfNothingElse = builtOnce((db) => updateOfRow(db, {}));

/**
 * The one way a customer changes: `set`, completeness by what is then there, the state that follows from it, one event
 * on `customer:<id>` and `customers`, and the audit row, all in the caller's transaction. The row must be locked already
 * (`lockCustomer`). Returns the customer after the change.
 */
export async function changeCustomer<T extends EventType>(
  tx: Tx,
  change: {
    customerId: string;
    /** The row as it was locked, where nothing of it has changed since; else it is read. */
    before?: CustomerRow;
    actor: Actor;
    type: T;
    set?: Partial<CustomerRow>;
    /**
     * The event's body besides `customer`. A promise of it is one of a statement of `builtOnce` that was sent just now:
     * what completeness is made of is asked for right behind it, on the same connection, without waiting for the answer.
     */
    data: Omit<EventBodies[T], 'customer'> | Promise<Omit<EventBodies[T], 'customer'>>;
    entity?: { type: 'customer' | 'document'; id: string };
    audit?: Record<string, unknown>;
  },
): Promise<Customer> {
  const { customerId, type, actor } = change;
  const [data, [before], facts, views] = await Promise.all([
    change.data,
    change.before ? [change.before] : tx.select().from(customers).where(eq(customers.id, customerId)),
    readFacts(tx, [customerId]),
    readPortalViews(tx, [customerId]),
  ]);
  if (!before) throw new Error('changeCustomer: the row is not there; lock it first');
  const voided = before.firstApprovedBy !== null && VOIDS_FIRST_APPROVAL.has(type);
  const set = { ...change.set, ...(voided ? { firstApprovedBy: null, firstApprovedAt: null } : {}) };
  const after = { ...before, ...set };
  const completeness = completenessOf(facts, after);
  const status = stateForCompleteness(after.status, completeness);
  const effect = effectOf({ ...before, status: after.status }, completeness, status);
  const columns = completenessColumns(completeness);
  const values = {
    ...columns,
    nextExpiryAt: columns.nextExpiryAt?.toISOString() ?? null,
    id: customerId,
    status,
    looks: asksForALook(type, effect) ? 1 : 0,
    // A preview is not a person's action: leave updatedAt, which orders the list.
    keepsPlace: type === 'document.ready',
    by: actor.kind === 'system' ? null : actor.name,
  };
  const [[selected], documents] = await Promise.all([
    Object.keys(set).length === 0 ? updateOfNothingElse(tx, values) : updateOfRow(tx, set).execute(values),
    readTellable(tx, views),
  ]);
  const now = selected as NonNullable<typeof selected>;
  const customer = toCustomer(now);
  const items = changedItems(before, completeness);
  await recordChanges(tx, [{ ...change, data, items, effect, row: now.row, customer }], {
    catalog: facts.catalog,
    views,
    documents,
  });
  return customer;
}

/** The pieces that are not as they are stored. */
export function changedItems(
  before: Pick<CustomerRow, 'completeness'>,
  after: Pick<CompletenessBody, 'items'>,
): CompletenessItem[] {
  const known = new Map(before.completeness.items.map((item) => [item.type, item]));
  return (after.items as CompletenessItem[]).filter((item) => !isDeepStrictEqual(item, known.get(item.type)));
}

/** What the file did by itself: how many required types count now, and the state it moved to. */
export function effectOf(
  before: Pick<CustomerRow, 'completeness' | 'status'>,
  { satisfied }: Pick<Completeness, 'satisfied'>,
  status: CustomerState,
): Effect {
  return {
    ...(satisfied === before.completeness.satisfied
      ? {}
      : { satisfied: { from: before.completeness.satisfied, to: satisfied } }),
    ...(status === before.status ? {} : { status: { from: before.status, to: status } }),
  };
}

/** The events, for staff and for customers' pages, and audit rows of changes that `changeCustomer`, or a statement for many rows, has made in this transaction. */
export async function recordChanges<T extends EventType>(
  tx: Tx,
  changes: {
    row: CustomerRow;
    customer: Customer;
    actor: Actor;
    type: T;
    data: Omit<EventBodies[T], 'customer'>;
    items: CompletenessItem[];
    effect: Effect;
    entity?: { type: 'customer' | 'document'; id: string };
    audit?: Record<string, unknown>;
  }[],
  told: Told,
): Promise<void> {
  await Promise.all([
    appendEvents(
      tx,
      changes.map(({ customer, actor, type, data, entity, items, effect }) => ({
        streams: [customerStream(customer.id), CUSTOMERS_STREAM],
        entity: entity ?? { type: 'customer', id: customer.id },
        version: customer.version,
        type,
        actor,
        data: {
          ...data,
          ...(items.length > 0 ? { items } : {}),
          ...(isNothing(effect) ? {} : { effect }),
          customer,
        } as unknown as EventBodies[T],
      })),
    ),
    appendAudit(
      tx,
      changes.map(({ customer, actor, type, entity, audit, effect }) => ({
        actor,
        action: type,
        entityType: entity?.type ?? 'customer',
        entityId: entity?.id ?? customer.id,
        customerId: customer.id,
        detail: { ...audit, ...(isNothing(effect) ? {} : { effect }) },
      })),
    ),
    tellPortals(tx, changes, told),
    tellPeople(tx, changes),
  ]);
}

const isNothing = (effect: Effect) => Object.keys(effect).length === 0;

const DECIDED: Partial<Record<EventType, NotificationKind>> = {
  'customer.approved': 'approved',
  'customer.rejected': 'rejected',
  'customer.returned': 'returned',
};

/** Notifies whom a decision, or an upload to a file that is with the auditors, concerns. */
async function tellPeople(
  tx: Tx,
  changes: {
    customer: Customer;
    actor: Actor;
    type: EventType;
    entity?: { type: 'customer' | 'document'; id: string };
  }[],
): Promise<void> {
  const told = changes.filter(
    ({ type, customer }) => type in DECIDED || (type === 'document.added' && customer.status === 'reviewing'),
  );
  if (told.length === 0) return;
  const concerned = await readConcerned(tx, [...new Set(told.map(({ customer }) => customer.id))]);
  await notify(
    tx,
    told.map(({ type, customer, actor, entity }): Notice => {
      const { staff, reviewer } = concerned.get(customer.id) ?? { staff: [], reviewer: null };
      const decided = DECIDED[type];
      return decided
        ? { kind: decided, customerId: customer.id, actor, to: staff }
        : {
            kind: 'upload-after-submission',
            customerId: customer.id,
            documentId: entity?.id ?? null,
            actor,
            to: [...staff, reviewer],
            once: true,
          };
    }),
  );
}
