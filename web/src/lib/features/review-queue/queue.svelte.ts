import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { QueueBody, QueueRowBody } from '@qijian/domain/contract/api/review-queue.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { queueRow, type SlaLevel, slaOf } from '@qijian/domain/rules/review-queue.ts';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { errorWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';
import { belongs, standsBefore } from './queue-order.ts';
import { readQueue } from './read-queue.ts';

const FLASH_MS = 1_600;
const COUNT_AT_MOST_EVERY_MS = 2_000;
/** A file that has left the queue is shown as such for a moment before its row goes. */
const GONE_MS = 4_000;

type Meanwhile = Map<string, { customer: Customer; type: LiveEvent['type'] }>;

/**
 * The files that wait for auditors, as they stand this second: rows change in place, nothing moves under the hand. An
 * event costs the same however many rows there are: the order is one thing, what a row shows another.
 */
export class Queue {
  /** Ids of the rows, as they stand below each other. */
  order = $state.raw<string[]>([]);
  counts = $state.raw<QueueBody['counts']>() as QueueBody['counts'];
  averageWaitingMs = $state(0);
  settings = $state.raw<QueueBody['settings']>() as QueueBody['settings'];
  total = $state(0);
  nextCursor = $state<string | null>(null);
  head = $state.raw<QueueBody['head']>() as QueueBody['head'];
  loading = $state(false);
  failure = $state.raw<unknown>(null);
  cursor = $state<string | null>(null);
  /** Files that came and would stand between the rows. */
  readonly arrivals = new SvelteMap<string, Customer>();
  readonly flashing = new SvelteSet<string>();
  /** Files that have left the queue since the rows were read, with what became of them. */
  readonly gone = new SvelteMap<string, LiveEvent['type']>();
  readonly #rows = new SvelteMap<string, QueueRowBody>();
  /** Customers as they became while further rows were being read, which may be older. */
  #meanwhile: Meanwhile | null = null;
  /** Counts readings: an answer to an older one is not shown any more. */
  #reading = 0;
  #query = new URLSearchParams();
  /** The server's clock less this device's. */
  #skewMs = 0;
  #counting: ReturnType<typeof setTimeout> | undefined;
  #sweeping: ReturnType<typeof setTimeout> | undefined;
  readonly #ownId: string;

  constructor(answer: QueueBody, query: URLSearchParams, ownId: string) {
    this.#ownId = ownId;
    this.show(answer, query);
  }

  show(answer: QueueBody, query: URLSearchParams): void {
    this.#reading += 1;
    this.#query = query;
    this.#skewMs = Date.parse(answer.now) - Date.now();
    this.#rows.clear();
    for (const row of answer.items) this.#rows.set(row.customer.id, row);
    this.order = answer.items.map(({ customer }) => customer.id);
    this.nextCursor = answer.nextCursor;
    this.head = answer.head;
    this.failure = null;
    this.arrivals.clear();
    this.gone.clear();
    this.#figures(answer);
    if (!this.cursor || !this.#rows.has(this.cursor)) this.cursor = this.order[0] ?? null;
  }

  async reload(): Promise<void> {
    const reading = ++this.#reading;
    this.loading = true;
    try {
      const answer = await readQueue(this.#query);
      if (reading === this.#reading) this.show(answer, this.#query);
    } catch (error) {
      if (reading === this.#reading) this.failure = error;
    } finally {
      this.loading = false;
    }
  }

  /** The next rows below these. */
  async more(): Promise<void> {
    if (!this.nextCursor || this.loading) return;
    const reading = this.#reading;
    this.loading = true;
    const meanwhile: Meanwhile = new Map();
    this.#meanwhile = meanwhile;
    try {
      const query = new URLSearchParams(this.#query);
      query.set('cursor', this.nextCursor);
      query.set('pageSize', '100');
      const answer = await readQueue(query);
      if (reading !== this.#reading) return;
      const items = answer.items.filter(({ customer }) => !this.#rows.has(customer.id));
      for (const row of items) {
        this.#rows.set(row.customer.id, row);
        this.arrivals.delete(row.customer.id);
      }
      this.order = [...this.order, ...items.map(({ customer }) => customer.id)];
      this.nextCursor = answer.nextCursor;
      for (const { customer, type } of meanwhile.values()) this.take(customer, type);
    } catch (error) {
      toast(errorWords(error), { tone: 'bad' });
    } finally {
      // A request in another order may have started meanwhile.
      if (this.#meanwhile === meanwhile) this.#meanwhile = null;
      this.loading = false;
    }
  }

  row(id: string | null): QueueRowBody | undefined {
    return id === null ? undefined : this.#rows.get(id);
  }

  isMine(id: string): boolean {
    return this.#rows.get(id)?.claim?.by.id === this.#ownId;
  }

  /** Who approved a file that now waits for a second auditor; null when there is nobody, or one is enough. */
  firstApproval(row: QueueRowBody): QueueRowBody['firstApproval'] {
    return this.settings.fourEyes ? row.firstApproval : null;
  }

  /** Whether the second approval has to be another's, because the first was one's own. */
  hasApproved(row: QueueRowBody): boolean {
    return this.firstApproval(row)?.by.id === this.#ownId;
  }

  /** Waiting time at `now` of this device's clock. */
  waitingMs(customer: Customer, now: number): number {
    return customer.review ? Math.max(0, now + this.#skewMs - Date.parse(customer.review.waitingSince)) : 0;
  }

  level(customer: Customer, now: number): SlaLevel {
    return slaOf(this.waitingMs(customer, now), this.settings.slaLimitMs).level;
  }

  /** Applies one event of the stream `customers`. */
  apply(event: LiveEvent): void {
    if (!('customer' in event.data)) return;
    this.take(event.data.customer, event.type, event.actor.id !== this.#ownId);
    this.#countSoon();
  }

  /** A customer as it is now. */
  take(customer: Customer, type: LiveEvent['type'] = 'customer.updated', isForeign = false): void {
    const { id } = customer;
    this.#meanwhile?.set(id, { customer, type });
    const known = this.#rows.get(id);
    if (known && known.customer.revision > customer.revision) return;
    const row = customer.deletedAt
      ? null
      : queueRow(customer, Date.now() + this.#skewMs, this.settings.slaLimitMs);
    if (!row) {
      this.arrivals.delete(id);
      if (known) this.#leave(known, customer, type);
    } else if (known && this.gone.delete(id) && !this.#isInPlace(row)) {
      // It left and came back at another position: treat it as a new arrival.
      this.order = this.order.filter((other) => other !== id);
      this.#rows.delete(id);
      if (belongs(row, this.#query, this.#ownId)) this.#arrive(row);
    } else if (known) {
      this.#rows.set(id, row);
      if (isForeign) this.#flash(id);
    } else if (belongs(row, this.#query, this.#ownId)) this.#arrive(row);
    else this.arrivals.delete(id);
  }

  /** What is newest by urgency slides in below; what would stand between the rows waits until it is taken. */
  #arrive(row: QueueRowBody): void {
    const { id } = row.customer;
    const last = this.row(this.order.at(-1) ?? null);
    const isAbove = last && standsBefore(row, last, this.#query.get('sort'));
    if (isAbove) this.arrivals.set(id, row.customer);
    else if (!this.nextCursor) {
      this.#rows.set(id, row);
      this.order = [...this.order, id];
      this.cursor ??= id;
      this.#flash(id);
    }
  }

  #isInPlace(row: QueueRowBody): boolean {
    const at = this.order.indexOf(row.customer.id);
    const [above, below] = [this.row(this.order[at - 1] ?? null), this.row(this.order[at + 1] ?? null)];
    const sort = this.#query.get('sort');
    return !(above && standsBefore(row, above, sort)) && !(below && standsBefore(below, row, sort));
  }

  #leave(known: QueueRowBody, customer: Customer, type: LiveEvent['type']): void {
    const { id } = customer;
    this.#rows.set(id, { ...known, customer: { ...customer, review: known.customer.review } });
    this.gone.set(id, type);
    setTimeout(() => this.#sweep(), GONE_MS);
  }

  /** Rows that have gone leave as soon as nobody's hand is on the list. */
  #sweep(): void {
    if (this.gone.size === 0) return;
    if (document.querySelector('.t-q:hover')) {
      clearTimeout(this.#sweeping);
      this.#sweeping = setTimeout(() => this.#sweep(), GONE_MS);
      return;
    }
    const at = this.order.indexOf(this.cursor ?? '');
    this.order = this.order.filter((id) => !this.gone.has(id));
    if (this.cursor && this.gone.has(this.cursor))
      this.cursor = this.order[Math.min(at, this.order.length - 1)] ?? null;
    for (const id of this.gone.keys()) this.#rows.delete(id);
    this.gone.clear();
  }

  #figures(answer: QueueBody): void {
    this.counts = answer.counts;
    this.averageWaitingMs = answer.averageWaitingMs;
    this.settings = answer.settings;
    this.total = answer.total;
  }

  /** Figures follow changes silently. */
  #countSoon(): void {
    this.#counting ??= setTimeout(async () => {
      const query = new URLSearchParams(this.#query);
      query.set('pageSize', '1');
      const reading = this.#reading;
      try {
        const answer = await readQueue(query);
        if (reading === this.#reading) this.#figures(answer);
      } catch {
        // The next change brings them.
      } finally {
        this.#counting = undefined;
      }
    }, COUNT_AT_MOST_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#counting);
    clearTimeout(this.#sweeping);
  }

  #flash(id: string): void {
    this.flashing.add(id);
    setTimeout(() => this.flashing.delete(id), FLASH_MS);
  }
}
