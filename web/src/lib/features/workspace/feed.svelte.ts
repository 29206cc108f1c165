import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { type EventKind, isOfKind } from '@qijian/domain/rules/event-kinds.ts';
import { call } from '#lib/api.ts';
import type { WorkspaceState } from './workspace.svelte.ts';

const PAGE = 40;

/** What happened to a customer, all of it or one kind: what the workspace has, and older pages of that kind. */
export class FeedState {
  kind = $state<EventKind | null>(null);
  loading = $state(false);
  #pages = $state.raw<LiveEvent[]>([]);
  #hasMore = $state(false);
  readonly #workspace: WorkspaceState;

  constructor(workspace: WorkspaceState) {
    this.#workspace = workspace;
  }

  /** Newest first. */
  readonly events = $derived.by(() => {
    const { kind } = this;
    const known = this.#workspace.events;
    if (!kind) return known;
    const oldest = known.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
    const recent = known.filter((event) => isOfKind(event, kind));
    return [...recent, ...this.#pages.filter(({ seq }) => seq < oldest)];
  });

  get hasOlder(): boolean {
    return this.kind ? this.#hasMore : this.#workspace.hasOlder;
  }

  async choose(kind: EventKind | null): Promise<void> {
    this.kind = kind;
    this.#pages = [];
    this.#hasMore = kind !== null && this.#workspace.hasOlder;
    // The events already loaded usually fill the screen.
    if (this.#hasMore && this.events.length < PAGE) await this.older();
  }

  async older(): Promise<void> {
    const { kind } = this;
    this.loading = true;
    try {
      if (!kind) return await this.#workspace.older();
      const before = this.#pages.at(-1)?.seq ?? this.#workspace.events.at(-1)?.seq ?? 1;
      const { events } = await call('GET /api/customers/:id/events', {
        params: { id: this.#workspace.customer.id },
        query: { kinds: kind, before: Math.max(1, before), limit: PAGE },
      });
      if (this.kind !== kind) return;
      this.#pages = [...this.#pages, ...events];
      this.#hasMore = events.length === PAGE;
    } finally {
      this.loading = false;
    }
  }
}
