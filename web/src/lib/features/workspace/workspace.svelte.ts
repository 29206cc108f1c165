import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { SvelteSet } from 'svelte/reactivity';
import { call } from '#lib/api.ts';
import { afterEvent, newer, settled, withDocument, without } from './workspace-events.ts';

const FLASH_MS = 1_600;
const OLDER = 40;

/** One customer's file as everybody on it sees it: a snapshot, and every event since, applied once and in order. */
export class WorkspaceState {
  customer = $state.raw<Customer>() as Customer;
  documents = $state.raw<Document[]>([]);
  events = $state.raw<LiveEvent[]>([]);
  head = $state.raw<Workspace['head']>({ stream: '', seq: 0, epoch: '' });
  /** Where the catalog stood, by which completeness was worked out. */
  catalogHead: Workspace['catalogHead'] = { stream: '', seq: 0, epoch: '' };
  hasOlder = $state(false);
  /** Set when the customer has been deleted while it is open. */
  isDeleted = $state(false);
  /** What is bound to what was seen: as of the last event, as an answer may be ahead of what others have done. */
  seenVersion = 0;
  /** Hears of what came with a fresh snapshot instead of as an event. */
  onMissed: (event: LiveEvent) => void = () => {};
  readonly flashing = new SvelteSet<string>();
  /** Every document type in the order of the checklist, as the events say it. */
  items = $state.raw<CompletenessItem[]>([]);

  required = $derived(this.items.filter((item) => item.required));
  optional = $derived(this.items.filter((item) => !item.required));
  missing = $derived(this.required.filter((item) => !item.satisfied).map((item) => item.type));
  /** Here, but still being opened. */
  checking = $derived(this.required.filter((item) => item.checking).map((item) => item.type));
  pieces = $derived(this.required.map(({ type, state }) => ({ type, state })));
  /** In the order in which they stand on the page. */
  ordered = $derived([...this.required, ...this.optional].flatMap((item) => this.ofType(item.type)));

  constructor(snapshot: Workspace) {
    this.show(snapshot);
  }

  show(snapshot: Workspace): void {
    this.customer = snapshot.customer;
    this.documents = snapshot.documents;
    this.events = snapshot.events;
    this.head = snapshot.head;
    this.catalogHead = snapshot.catalogHead;
    this.items = snapshot.completeness.items as CompletenessItem[];
    this.hasOlder = (snapshot.events.at(-1)?.seq ?? 1) > 1;
    this.isDeleted = snapshot.customer.deletedAt !== null;
    this.seenVersion = snapshot.customer.version;
  }

  /** Takes a fresh snapshot; what has happened since the last event is told in order, as the stream goes on after it. */
  async reload(): Promise<void> {
    const snapshot = await call('GET /api/customers/:id/workspace', { params: { id: this.customer.id } });
    const last = this.events[0]?.seq ?? this.head.seq;
    this.show(snapshot);
    for (const event of snapshot.events.filter(({ seq }) => seq > last).reverse()) this.onMissed(event);
  }

  /** Applies one event of this customer's stream; a colleague's change is tinted for a moment. */
  apply(event: LiveEvent, isColleague: boolean): void {
    const product = this.customer.product;
    const { customer, items, documents, events, isDeleted } = afterEvent(this, event);
    Object.assign(this, { customer, items, documents, events, isDeleted });
    if ('customer' in event.data) this.seenVersion = event.data.customer.version;
    if (isColleague && 'document' in event.data) this.#flash(event.data.document.type);
    if (customer.product !== product) this.#reloadSoon();
  }

  /** Takes over a customer that a command answered; another product has another checklist. */
  take(customer: Customer): void {
    const product = this.customer.product;
    this.customer = newer(this.customer, customer);
    if (this.customer.product !== product) this.#reloadSoon();
  }

  put(document: Document): void {
    this.documents = withDocument(this.documents, document);
  }

  /** No further page of a document comes. */
  settle(document: Document): void {
    this.documents = settled(this.documents, document);
  }

  drop(id: string): void {
    this.documents = without(this.documents, id);
  }

  async older(): Promise<void> {
    const before = this.events.at(-1)?.seq;
    if (!before) return;
    const { events } = await call('GET /api/customers/:id/events', {
      params: { id: this.customer.id },
      query: { before, limit: OLDER },
    });
    this.events = [...this.events, ...events];
    this.hasOlder = (events.at(-1)?.seq ?? 1) > 1;
  }

  ofType(type: string): Document[] {
    return this.documents.filter((document) => document.type === type);
  }

  /** The snapshot is not there to be waited for: what is shown stays true but for the checklist. */
  #reloadSoon(): void {
    this.reload().catch(() => {});
  }

  #flash(type: string): void {
    this.flashing.add(type);
    setTimeout(() => this.flashing.delete(type), FLASH_MS);
  }
}
