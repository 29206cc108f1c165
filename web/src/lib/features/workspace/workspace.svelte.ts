import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { computeCompleteness } from '@qijian/domain/rules/completeness.ts';
import { SvelteSet } from 'svelte/reactivity';
import { api } from '#lib/api.ts';

const FLASH_MS = 1_600;
const OLDER = 40;

/** One customer's file as everybody on it sees it: a snapshot, and every event since, applied once and in order. */
export class WorkspaceState {
  customer = $state.raw<Customer>() as Customer;
  documents = $state.raw<Document[]>([]);
  events = $state.raw<LiveEvent[]>([]);
  head = $state.raw<Workspace['head']>({ stream: '', seq: 0, epoch: '' });
  hasOlder = $state(false);
  /** Set when the customer has been deleted while it is open. */
  isDeleted = $state(false);
  readonly flashing = new SvelteSet<string>();
  #types = $state.raw<Workspace['types']>([]);
  #checklist = $state.raw<Workspace['checklist']>(null);

  /** The rule of the domain over what is on the screen: it moves with every event, before the server has recalculated. */
  completeness = $derived(
    computeCompleteness({
      types: this.#types,
      checklist: this.#checklist,
      requestedTypes: this.customer.requestedTypes.map((requested) => requested.type),
      documents: this.documents.map((document) => ({
        ...document,
        createdAt: Date.parse(document.createdAt),
      })),
      now: Date.now(),
    }),
  );
  pieces = $derived(
    this.completeness.items.filter((item) => item.required).map(({ type, state }) => ({ type, state })),
  );

  constructor(snapshot: Workspace) {
    this.show(snapshot);
  }

  show(snapshot: Workspace): void {
    this.customer = snapshot.customer;
    this.documents = snapshot.documents;
    this.events = snapshot.events as LiveEvent[];
    this.head = snapshot.head;
    this.#types = snapshot.types;
    this.#checklist = snapshot.checklist;
    this.hasOlder = (snapshot.events.at(-1)?.seq ?? 1) > 1;
    this.isDeleted = false;
  }

  async reload(): Promise<void> {
    this.show(await api.get<Workspace>(`/api/customers/${this.customer.id}/workspace`));
  }

  /** Applies one event of this customer's stream. */
  apply(event: LiveEvent): void {
    this.events = [event, ...this.events];
    if ('customer' in event.data) this.take(event.data.customer);
    if ('document' in event.data) {
      const { document } = event.data;
      this.put(document, event.type === 'document.deleted');
      this.#flash(document.type);
    }
    if (event.type === 'customer.deleted') this.isDeleted = true;
    if (event.type === 'customer.restored') this.isDeleted = false;
  }

  /** Takes a customer over when it is newer than the one shown; another product has another checklist. */
  take(customer: Customer): void {
    if (customer.version < this.customer.version) return;
    const hasOtherChecklist = customer.product !== this.customer.product;
    this.customer = customer;
    if (hasOtherChecklist) void this.reload().catch(() => {});
  }

  put(document: Document, isDeleted = false): void {
    const index = this.documents.findIndex((known) => known.id === document.id);
    const known = this.documents[index];
    if (isDeleted) this.documents = this.documents.filter((other) => other.id !== document.id);
    else if (!known)
      this.documents = [...this.documents, document].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    else if (document.version >= known.version) this.documents = this.documents.with(index, document);
  }

  async older(): Promise<void> {
    const before = this.events.at(-1)?.seq;
    if (!before) return;
    const { events } = await api.get<{ events: LiveEvent[] }>(
      `/api/customers/${this.customer.id}/events?before=${before}&limit=${OLDER}`,
    );
    this.events = [...this.events, ...events];
    this.hasOlder = (events.at(-1)?.seq ?? 1) > 1;
  }

  ofType(type: string): Document[] {
    return this.documents.filter((document) => document.type === type);
  }

  #flash(type: string): void {
    this.flashing.add(type);
    setTimeout(() => this.flashing.delete(type), FLASH_MS);
  }
}
