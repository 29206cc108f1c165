import type { ActivityPage } from '@qijian/domain/contract/api/streams.ts';
import type { LiveEvent, StreamHead } from '@qijian/domain/contract/live-events.ts';
import { type EventKind, isOfKind } from '@qijian/domain/rules/event-kinds.ts';
import { call } from '#lib/api.ts';
import { isTold } from '#lib/event-words.ts';

const PAGE = 50;
/** A screen gets at least this many where the log has them, however many pages of it that takes. */
const ENOUGH = 20;
const PAGES_AT_ONCE = 5;

/** The kinds the stream of all customers carries. */
export const ACTIVITY_KINDS = ['state', 'document', 'review', 'field'] as const satisfies EventKind[];

/** The newest events of all customers, of one kind or of all, told ones only. */
export async function readActivity(
  fetch: typeof globalThis.fetch,
  kind: EventKind | null,
  before: number | null = null,
): Promise<ActivityPage> {
  const events: LiveEvent[] = [];
  let next = before;
  let head: StreamHead | null = null;
  for (let pages = 0; pages < PAGES_AT_ONCE; pages += 1) {
    const query = {
      limit: PAGE,
      ...(kind ? { kinds: kind } : {}),
      ...(next === null ? {} : { before: next }),
    };
    const page = await call('GET /api/activity', { query, fetch });
    head ??= page.head;
    events.push(...page.events.filter((event) => isTold(event, kind)));
    next = page.next;
    if (next === null || events.length >= ENOUGH) break;
  }
  return { events, head: head as StreamHead, next };
}

/** What happened to all customers: pages of the log, and what arrives meanwhile. */
export class ActivityState {
  events = $state.raw<LiveEvent[]>([]);
  /** Arrived while somebody reads further down: shown when they ask for it. */
  waiting = $state.raw<LiveEvent[]>([]);
  next = $state<number | null>(null);
  head = $state.raw<StreamHead>({ stream: 'customers', seq: 0, epoch: '' });
  loading = $state(false);
  #kind: EventKind | null = null;

  show(page: ActivityPage, kind: EventKind | null): void {
    this.events = page.events;
    this.waiting = [];
    this.next = page.next;
    this.head = page.head;
    this.#kind = kind;
  }

  /** Takes an event of the live stream; `isRead`: the list is being read and must not move. */
  apply(event: LiveEvent, isRead: boolean): void {
    if (!('customer' in event.data) || !isTold(event, this.#kind)) return;
    if (this.#kind && !isOfKind(event, this.#kind)) return;
    this.waiting = [event, ...this.waiting];
    if (!isRead) this.takeWaiting();
  }

  takeWaiting(): void {
    this.events = [...this.waiting, ...this.events];
    this.waiting = [];
  }

  async older(): Promise<void> {
    if (this.next === null || this.loading) return;
    const kind = this.#kind;
    this.loading = true;
    try {
      const page = await readActivity(fetch, kind, this.next);
      if (kind !== this.#kind) return;
      this.events = [...this.events, ...page.events];
      this.next = page.next;
    } finally {
      this.loading = false;
    }
  }
}
