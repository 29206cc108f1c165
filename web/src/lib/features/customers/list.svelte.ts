import type { CustomerListAnswer } from '@qijian/domain/contract/api/customer-list.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { notifications } from '#lib/features/notifications/notifications.svelte.ts';
import { DEFAULT_SORT } from './filter.ts';
import { type ListOutcome, readList } from './list-page.ts';
import { judgeChange } from './live-rows.ts';

const FLASH_MS = 1_600;
const FRESH_MS = 60_000;
/** What the system changes this soon after oneself is one's own doing. */
const CONSEQUENCE_MS = 30_000;

/** The last change of a row by somebody else: who made it, and the type of what was uploaded. */
interface Fresh {
  by: string | null;
  uploaded: string | null;
}

/**
 * The customers on the page and what happens to them meanwhile. Remote changes are applied in place and keep the
 * order; who reads it decides when to sort again.
 */
export class CustomerListState {
  items = $state.raw<Customer[]>([]);
  /** Whether there ever was an answer; before that there is nothing to show. */
  answered = $state(false);
  total = $state(0);
  totalIsExact = $state(true);
  page = $state(1);
  pageSize = $state(15);
  nextCursor = $state<string | null>(null);
  /** What the rows on the screen correspond to; the live stream is followed from here. */
  head = $state.raw<CustomerListAnswer['head']>({ stream: 'customers', seq: 0, epoch: '' });
  loading = $state(false);
  failure = $state.raw<unknown>(null);
  /** How often in a row there was no answer. */
  failures = $state(0);
  cursor = $state(0);

  /** Customers changed by others since the order was made; those not on this page count too when they belong here. */
  readonly changed = new SvelteSet<string>();
  readonly flashing = new SvelteSet<string>();
  /** By id, as they were when chosen; they may stand on other pages. */
  readonly selected = new SvelteMap<string, Customer>();
  /** Rows changed within the last minute. */
  readonly fresh = new SvelteMap<string, Fresh>();
  /** Rows that no longer belong in this list; they stay until it is sorted again. */
  readonly stale = new SvelteSet<string>();

  /** What was asked for last, and what the rows on the screen answer. */
  #params = new URLSearchParams();
  #shown = new URLSearchParams();
  readonly #ownId: string;
  /** Counts readings: an answer to an older one is not shown any more. */
  #reading = 0;
  #selectedFrom: string | null = null;
  /** What happens while further rows are being read: they may be older than that. */
  #meanwhile: LiveEvent[] | null = null;
  readonly #ownAt = new Map<string, number>();
  readonly #freshTimers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /** Shows what an address answers; while it is under way the rows from before stay. */
  async take(outcome: ListOutcome | Promise<ListOutcome>, params: URLSearchParams): Promise<boolean> {
    this.#params = params;
    const reading = ++this.#reading;
    if (!(outcome instanceof Promise)) return this.#settle(outcome);
    this.loading = true;
    const settled = await outcome;
    return reading === this.#reading && this.#settle(settled);
  }

  /** Reads the page again in its order; answers whether it came. */
  reload(): Promise<boolean> {
    return this.take(readList(this.#params), this.#params);
  }

  #settle(outcome: ListOutcome): boolean {
    this.loading = false;
    if ('failure' in outcome) {
      this.failure = outcome.failure;
      this.failures += 1;
      // Do not show rows of another address as the answer to this one.
      if (String(this.#params) !== String(this.#shown)) {
        this.items = [];
        this.answered = false;
      }
      return false;
    }
    this.#show(outcome.answer);
    return true;
  }

  #show(answer: CustomerListAnswer): void {
    const at = this.items[this.cursor]?.id;
    this.#shown = this.#params;
    this.items = answer.items;
    this.answered = true;
    this.total = answer.total;
    this.totalIsExact = answer.totalIsExact;
    this.page = answer.page;
    this.pageSize = answer.pageSize;
    this.nextCursor = answer.nextCursor;
    this.failure = null;
    this.failures = 0;
    this.changed.clear();
    this.stale.clear();
    const found = answer.items.findIndex((customer) => customer.id === at);
    this.cursor = found >= 0 ? found : Math.min(this.cursor, Math.max(0, answer.items.length - 1));
    this.head = answer.head;
  }

  /** The next page below this one, for scrolling on. */
  async more(): Promise<void> {
    if (!this.nextCursor || this.loading) return;
    this.loading = true;
    const reading = this.#reading;
    const meanwhile: LiveEvent[] = [];
    this.#meanwhile = meanwhile;
    const outcome = await readList(this.#params, { cursor: this.nextCursor });
    // Those of another address may be under way by now.
    if (this.#meanwhile === meanwhile) this.#meanwhile = null;
    if (reading !== this.#reading) return;
    this.loading = false;
    if ('failure' in outcome) {
      this.failure = outcome.failure;
      return;
    }
    this.failure = null;
    const known = new Set(this.items.map((customer) => customer.id));
    this.items = [...this.items, ...outcome.answer.items.filter((customer) => !known.has(customer.id))];
    this.nextCursor = outcome.answer.nextCursor;
    for (const event of meanwhile) this.#change(event);
  }

  /** Applies one event of the stream `customers`. */
  apply(event: LiveEvent): void {
    this.#meanwhile?.push(event);
    this.#change(event);
  }

  #change(event: LiveEvent): void {
    if (!('customer' in event.data)) return;
    const { customer } = event.data;
    const verdict = judgeChange(
      {
        rows: this.items,
        params: this.#shown,
        sort: this.#shown.get('sort') ?? DEFAULT_SORT,
        hasMore: this.nextCursor !== null,
        ownId: this.#ownId,
        isAsked: (id) => notifications.asks(id),
        now: Date.now(),
      },
      customer,
    );
    if (verdict.kind === 'arrives') this.changed.add(customer.id);
    if (verdict.kind !== 'row') return;
    this.items = this.items.with(verdict.index, customer);
    if (verdict.belongs) this.stale.delete(customer.id);
    else this.stale.add(customer.id);
    if (this.#isOwn(event, customer.id)) return;
    this.changed.add(customer.id);
    this.#flash(customer.id);
    this.#freshen(event, customer.id);
  }

  /** Whether the event is one's own doing, or what the system made of it. */
  #isOwn(event: LiveEvent, customerId: string): boolean {
    if (event.actor.kind === 'system') {
      return Date.now() - (this.#ownAt.get(customerId) ?? 0) < CONSEQUENCE_MS;
    }
    const isOwn = event.actor.id === this.#ownId;
    if (isOwn) this.#ownAt.set(customerId, Date.now());
    else this.#ownAt.delete(customerId);
    return isOwn;
  }

  /** Several changes in a row share one tint. */
  #flash(id: string): void {
    if (this.flashing.has(id)) return;
    this.flashing.add(id);
    setTimeout(() => this.flashing.delete(id), FLASH_MS);
  }

  #freshen(event: LiveEvent, id: string): void {
    const before = this.fresh.get(id);
    const uploaded =
      event.type === 'document.added' && 'document' in event.data ? event.data.document.type : null;
    this.fresh.set(id, {
      by: event.actor.kind === 'system' ? (before?.by ?? null) : event.actor.name,
      uploaded: uploaded ?? (event.actor.kind === 'system' ? (before?.uploaded ?? null) : null),
    });
    clearTimeout(this.#freshTimers.get(id));
    this.#freshTimers.set(
      id,
      setTimeout(() => this.fresh.delete(id), FRESH_MS),
    );
  }

  /** Takes over customers as a command answered them; newer ones stay. */
  replace(customers: readonly Customer[]): void {
    const byId = new Map(customers.map((customer) => [customer.id, customer]));
    this.items = this.items.map((known) => {
      const answered = byId.get(known.id);
      return answered && answered.revision > known.revision ? answered : known;
    });
    for (const { id } of customers) this.#ownAt.set(id, Date.now());
  }

  move(by: number): void {
    this.cursor = Math.max(0, Math.min(this.items.length - 1, this.cursor + by));
  }

  toggle(customer: Customer): void {
    if (!this.selected.delete(customer.id)) this.selected.set(customer.id, customer);
    this.#selectedFrom = customer.id;
  }

  /** Selects everything from the row toggled last to `customer`. */
  selectTo(customer: Customer): void {
    const to = this.items.indexOf(customer);
    const from = this.items.findIndex(({ id }) => id === this.#selectedFrom);
    const [low, high] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    for (const row of this.items.slice(low, high + 1)) this.selected.set(row.id, row);
  }

  get current(): Customer | undefined {
    return this.items[this.cursor];
  }
}
