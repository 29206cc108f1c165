import type { Notification, NotificationListBody } from '@qijian/domain/contract/api/notifications.ts';
import { call } from '#lib/api.ts';
import type { Live } from '#lib/live.svelte.ts';
import { type Shown, withNotification, withRead } from './bell-events.ts';

const PAGE = 30;
const TRY_AGAIN_MS = 5_000;

/** What happened for whoever is signed in: a page, and everything since. */
class Notifications {
  #shown = $state.raw<Shown>({ items: [], unread: 0, read: new Set() });
  #cursor = $state<string | null>(null);
  isLoaded = $state(false);

  get items(): Notification[] {
    return this.#shown.items;
  }
  get unread(): number {
    return this.#shown.unread;
  }
  get hasOlder(): boolean {
    return this.#cursor !== null;
  }

  /** Loads and follows until it is stopped; `onArrival` hears of each new one. */
  start(live: Live, onArrival: (notification: Notification) => void): () => void {
    let stopped = false;
    let unsubscribe = () => {};
    let again: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const page = await this.#page(null);
        if (stopped) return;
        this.#shown = { items: page.items, unread: page.unread, read: new Set() };
        this.#cursor = page.nextCursor;
        this.isLoaded = true;
        unsubscribe();
        unsubscribe = live.subscribe(page.head, {
          onEvent: ({ data }) => {
            if ('notification' in data) {
              this.#shown = withNotification(this.#shown, data.notification);
              onArrival(data.notification);
            } else if ('ids' in data) this.#markRead(data.ids);
          },
          onReset: () => void load(),
        });
      } catch {
        if (!stopped) again = setTimeout(() => void load(), TRY_AGAIN_MS);
      }
    };
    void load();
    return () => {
      stopped = true;
      clearTimeout(again);
      unsubscribe();
      this.#shown = { items: [], unread: 0, read: new Set() };
      this.isLoaded = false;
    };
  }

  /** A colleague who asks for one's own file and has no answer yet: it stays so over reloads and on every screen. */
  claimRequest(isMine: (customerId: string) => boolean): Notification | null {
    return (
      this.items.find(
        ({ kind, readAt, customer }) => kind === 'claim-requested' && readAt === null && isMine(customer.id),
      ) ?? null
    );
  }

  /** Whether a colleague wrote to oneself about this customer, or asked for it, and it is not read yet. */
  asks(customerId: string): boolean {
    return this.items.some(
      ({ kind, readAt, customer }) =>
        readAt === null && customer.id === customerId && (kind === 'mention' || kind === 'claim-requested'),
    );
  }

  /** Whoever opens the customer has seen what was written to them there. */
  async opened(customerId: string): Promise<void> {
    const ids = this.items
      .filter((one) => one.kind === 'mention' && one.readAt === null && one.customer.id === customerId)
      .map(({ id }) => id);
    if (ids.length > 0) await this.read({ ids });
  }

  async older(): Promise<void> {
    if (!this.#cursor) return;
    const page = await this.#page(this.#cursor);
    const known = new Set(this.items.map(({ id }) => id));
    this.#shown = {
      ...this.#shown,
      items: [...this.items, ...page.items.filter(({ id }) => !known.has(id))],
    };
    this.#cursor = page.nextCursor;
  }

  /** Marks one as read, or all. */
  async read(which: { ids: string[] } | { all: true }): Promise<void> {
    const { ids } = await call('POST /api/notifications/read', { body: which });
    this.#markRead(ids);
  }

  #markRead(ids: readonly string[]): void {
    this.#shown = withRead(this.#shown, ids, new Date().toISOString());
  }

  #page(cursor: string | null): Promise<NotificationListBody> {
    return call('GET /api/notifications', { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } });
  }
}

export const notifications = new Notifications();
