import type { Customer, CustomerListAnswer } from '@qijian/domain/contract/api/customers.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api } from '#lib/api.ts';
import { apiQuery, matches } from './filter.ts';

const FLASH_MS = 1_600;
const FRESH_MS = 60_000;

/**
 * The customers on the page and what happens to them meanwhile. Remote changes are applied in place and keep the
 * order; who reads it decides when to sort again.
 */
export class CustomerListState {
  items = $state.raw<Customer[]>([]);
  total = $state(0);
  totalIsExact = $state(true);
  page = $state(1);
  pageSize = $state(15);
  nextCursor = $state<string | null>(null);
  head = $state.raw<CustomerListAnswer['head']>({ stream: 'customers', seq: 0, epoch: '' });
  loading = $state(false);
  failure = $state.raw<unknown>(null);
  cursor = $state(0);

  /** Customers changed by others since the order was made; those not on this page count too when they belong here. */
  readonly changed = new SvelteSet<string>();
  readonly flashing = new SvelteSet<string>();
  readonly selected = new SvelteSet<string>();
  /** Who made the last change, for a minute. */
  readonly fresh = new SvelteMap<string, string>();
  /** Rows that no longer belong in this list; they stay until it is sorted again. */
  readonly stale = new SvelteSet<string>();

  #params: URLSearchParams;
  readonly #ownId: string;

  constructor(answer: CustomerListAnswer, params: URLSearchParams, ownId: string) {
    this.#params = params;
    this.#ownId = ownId;
    this.show(answer, params);
  }

  /** Shows another page or a fresh snapshot; selection and cursor stay where they still make sense. */
  show(answer: CustomerListAnswer, params: URLSearchParams): void {
    const at = this.items[this.cursor]?.id;
    this.#params = params;
    this.items = answer.items;
    this.total = answer.total;
    this.totalIsExact = answer.totalIsExact;
    this.page = answer.page;
    this.pageSize = answer.pageSize;
    this.nextCursor = answer.nextCursor;
    this.head = answer.head;
    this.failure = null;
    this.changed.clear();
    this.stale.clear();
    const found = answer.items.findIndex((customer) => customer.id === at);
    this.cursor = found >= 0 ? found : Math.min(this.cursor, Math.max(0, answer.items.length - 1));
  }

  /** Reads the page again in its order; the live stream goes on from where it is. */
  async reload(): Promise<void> {
    this.loading = true;
    try {
      this.show(await this.#read(apiQuery(this.#params, Date.now())), this.#params);
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
  }

  /** The next page below this one, for scrolling on. */
  async more(): Promise<void> {
    if (!this.nextCursor || this.loading) return;
    this.loading = true;
    try {
      const query = apiQuery(this.#params, Date.now());
      query.set('cursor', this.nextCursor);
      const answer = await this.#read(query);
      const known = new Set(this.items.map((customer) => customer.id));
      this.items = [...this.items, ...answer.items.filter((customer) => !known.has(customer.id))];
      this.nextCursor = answer.nextCursor;
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
  }

  #read(query: URLSearchParams): Promise<CustomerListAnswer> {
    return api.get<CustomerListAnswer>(`/api/customers?${query}`);
  }

  /** Applies one event of the stream `customers`. */
  apply(event: LiveEvent): void {
    if (!('customer' in event.data)) return;
    const { customer } = event.data;
    const index = this.items.findIndex((known) => known.id === customer.id);
    const known = this.items[index];
    const belongs = matches(this.#params, customer, { id: this.#ownId, now: Date.now() });
    if (!known) {
      if (belongs) this.changed.add(customer.id);
      return;
    }
    if (known.version >= customer.version) return;
    this.items = this.items.with(index, customer);
    if (belongs) this.stale.delete(customer.id);
    else this.stale.add(customer.id);
    if (event.actor.id === this.#ownId) return;
    this.changed.add(customer.id);
    this.flash(customer.id);
    if (event.actor.name) {
      this.fresh.set(customer.id, event.actor.name);
      setTimeout(() => this.fresh.delete(customer.id), FRESH_MS);
    }
  }

  flash(id: string): void {
    if (this.flashing.has(id)) return;
    this.flashing.add(id);
    setTimeout(() => this.flashing.delete(id), FLASH_MS);
  }

  replace(customers: Customer[]): void {
    const byId = new Map(customers.map((customer) => [customer.id, customer]));
    this.items = this.items.map((known) => byId.get(known.id) ?? known);
  }

  move(by: number): void {
    this.cursor = Math.max(0, Math.min(this.items.length - 1, this.cursor + by));
  }

  toggle(id: string): void {
    if (!this.selected.delete(id)) this.selected.add(id);
  }

  /** Selects everything from the row selected before to the cursor. */
  selectTo(from: number): void {
    const [low, high] = [Math.min(from, this.cursor), Math.max(from, this.cursor)];
    for (const customer of this.items.slice(low, high + 1)) this.selected.add(customer.id);
  }

  get current(): Customer | undefined {
    return this.items[this.cursor];
  }
}
