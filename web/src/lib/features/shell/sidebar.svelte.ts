import type { CustomerFacetsAnswer } from '@qijian/domain/contract/api/customer-list.ts';
import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import type { SavedView } from '@qijian/domain/contract/api/views.ts';
import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { call } from '#lib/api.ts';

export interface RecentCustomer {
  id: string;
  name: string;
  number: string;
  status: CustomerState;
}

const RECENT_KEY = 'recent-customers';
const RECENT_MAX = 4;
const AT_MOST_EVERY_MS = 1_500;

/** Counts, saved views and recently opened customers beside every page. */
class Sidebar {
  facets = $state.raw<CustomerFacetsAnswer | null>(null);
  views = $state.raw<SavedView[]>([]);
  recent = $state.raw<RecentCustomer[]>([]);
  /** Figures of the review queue, for those who review. */
  queue = $state.raw<QueueBody['counts'] | null>(null);
  mayReview = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  async refresh(): Promise<void> {
    try {
      this.recent = JSON.parse(localStorage.getItem(RECENT_KEY) ?? '[]');
    } catch {
      this.recent = [];
    }
    const [facets, views, queue] = await Promise.allSettled([
      call('GET /api/customers/facets'),
      call('GET /api/views'),
      this.mayReview ? call('GET /api/review-queue', { query: { pageSize: 1 } }) : null,
    ]);
    // Keep the old value where reading failed.
    if (facets.status === 'fulfilled') this.facets = facets.value;
    if (views.status === 'fulfilled') this.views = views.value.items;
    if (queue.status === 'fulfilled' && queue.value) this.queue = queue.value.counts;
  }

  /** Counts follow changes silently, at most every second and a half. */
  refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, AT_MOST_EVERY_MS);
  }

  opened(customer: RecentCustomer): void {
    const { id, name, number, status } = customer;
    this.recent = [{ id, name, number, status }, ...this.recent.filter((known) => known.id !== id)].slice(
      0,
      RECENT_MAX,
    );
    localStorage.setItem(RECENT_KEY, JSON.stringify(this.recent));
  }
}

export const sidebar = new Sidebar();
