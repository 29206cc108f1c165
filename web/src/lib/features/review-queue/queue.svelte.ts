import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { QueueBody, QueueRowBody } from '@qijian/domain/contract/api/review-queue.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { queueRow, type SlaLevel, slaOf } from '@qijian/domain/rules/review-queue.ts';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api } from '#lib/api.ts';

const FLASH_MS = 1_600;
const COUNT_AT_MOST_EVERY_MS = 2_000;
/** A file that has left the queue is shown as such for a moment before its row goes. */
const GONE_MS = 4_000;

/** What an address asks of the queue, as the API takes it. */
export function queueQuery(params: Pick<URLSearchParams, 'get'>): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of [
    'mine',
    'unclaimed',
    'overdue',
    'level',
    'resubmitted',
    'product',
    'branch',
    'submittedBy',
    'sort',
  ])
    if (params.get(name)) query.set(name, params.get(name) as string);
  return query;
}

/** The files that wait for auditors, as they stand this second: rows change in place, nothing moves under the hand. */
export class Queue {
  rows = $state.raw<QueueRowBody[]>([]);
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
  #query = new URLSearchParams();
  /** The server's clock less this device's. */
  #skewMs = 0;
  #counting: ReturnType<typeof setTimeout> | undefined;
  readonly #ownId: string;

  constructor(answer: QueueBody, query: URLSearchParams, ownId: string) {
    this.#ownId = ownId;
    this.show(answer, query);
  }

  show(answer: QueueBody, query: URLSearchParams): void {
    this.#query = query;
    this.#skewMs = Date.parse(answer.now) - Date.now();
    this.rows = answer.items;
    this.nextCursor = answer.nextCursor;
    this.head = answer.head;
    this.failure = null;
    this.arrivals.clear();
    this.gone.clear();
    this.#figures(answer);
    if (!answer.items.some(({ customer }) => customer.id === this.cursor))
      this.cursor = answer.items[0]?.customer.id ?? null;
  }

  async reload(): Promise<void> {
    this.loading = true;
    try {
      this.show(await api.get<QueueBody>(`/api/review-queue?${this.#query}`), this.#query);
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
  }

  async more(): Promise<void> {
    if (!this.nextCursor || this.loading) return;
    this.loading = true;
    try {
      const query = new URLSearchParams(this.#query);
      query.set('cursor', this.nextCursor);
      const answer = await api.get<QueueBody>(`/api/review-queue?${query}`);
      const known = new Set(this.rows.map(({ customer }) => customer.id));
      this.rows = [...this.rows, ...answer.items.filter(({ customer }) => !known.has(customer.id))];
      this.nextCursor = answer.nextCursor;
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
  }

  row(id: string | null): QueueRowBody | undefined {
    return this.rows.find(({ customer }) => customer.id === id);
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
    const index = this.rows.findIndex((row) => row.customer.id === customer.id);
    const known = this.rows[index];
    if (known && known.customer.version > customer.version) return;
    const row = customer.deletedAt
      ? null
      : queueRow(customer, Date.now() + this.#skewMs, this.settings.slaLimitMs);
    if (!row) {
      this.arrivals.delete(customer.id);
      if (known) this.#leave(customer, index, type);
      return;
    }
    if (known) {
      this.gone.delete(customer.id);
      this.rows = this.rows.with(index, row);
      if (isForeign) this.#flash(customer.id);
    } else if (this.#belongs(row)) {
      const last = this.rows.at(-1)?.customer.review?.waitingSince ?? '';
      const isLast =
        !this.nextCursor && (row.customer.review?.waitingSince ?? '') >= last && this.#isByUrgency();
      if (isLast) {
        this.rows = [...this.rows, row];
        this.cursor ??= customer.id;
        this.#flash(customer.id);
      } else this.arrivals.set(customer.id, customer);
    }
  }

  #leave(customer: Customer, index: number, type: LiveEvent['type']): void {
    const known = this.rows[index];
    if (!known) return;
    this.rows = this.rows.with(index, { ...known, customer: { ...customer, review: known.customer.review } });
    this.gone.set(customer.id, type);
    setTimeout(() => this.#sweep(), GONE_MS);
  }

  /** Rows that have gone leave as soon as nobody's hand is on the list. */
  #sweep(): void {
    if (this.gone.size === 0) return;
    if (document.querySelector('.t-q:hover')) {
      setTimeout(() => this.#sweep(), GONE_MS);
      return;
    }
    const at = this.rows.findIndex(({ customer }) => customer.id === this.cursor);
    this.rows = this.rows.filter(({ customer }) => !this.gone.has(customer.id));
    if (this.cursor && this.gone.has(this.cursor))
      this.cursor = this.rows[Math.min(at, this.rows.length - 1)]?.customer.id ?? null;
    this.gone.clear();
  }

  #isByUrgency(): boolean {
    return ['urgency', '-waiting', null].includes(this.#query.get('sort'));
  }

  #belongs(row: QueueRowBody): boolean {
    const query = this.#query;
    const among = (name: string, value: string | null) =>
      !query.get(name) || (value !== null && (query.get(name) as string).split(',').includes(value));
    if (query.has('mine') && row.claim?.by.id !== this.#ownId) return false;
    if (query.has('unclaimed') && row.claim) return false;
    if (query.has('resubmitted') && !row.resubmitted) return false;
    if (query.has('overdue') && row.sla.level !== 'overdue') return false;
    if (query.has('level') && row.sla.level !== query.get('level')) return false;
    return among('product', row.customer.product) && among('branch', row.customer.branch);
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
      try {
        this.#figures(await api.get<QueueBody>(`/api/review-queue?${query}`));
      } catch {
        // They come with the next change.
      } finally {
        this.#counting = undefined;
      }
    }, COUNT_AT_MOST_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#counting);
  }

  #flash(id: string): void {
    this.flashing.add(id);
    setTimeout(() => this.flashing.delete(id), FLASH_MS);
  }
}
