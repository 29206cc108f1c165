import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';

const TOLD: ReadonlySet<string> = new Set([
  'customer.claimed',
  'customer.submitted',
  'customer.approved',
  'customer.returned',
  'customer.rejected',
]);
const DECISIONS: ReadonlySet<string> = new Set([
  'customer.approved',
  'customer.rejected',
  'customer.returned',
]);
const LATEST_MS = 60_000;
const CHANGES_AT_MOST_EVERY_MS = 1_500;

/** What happens beside the rows of the queue: what a colleague has just done, and which other lists are out of date. */
export class QueueNews {
  /** What a colleague has just done; no news after a minute. */
  latest = $state.raw<LiveEvent | null>(null);
  /** Rises with each decision. */
  decisions = $state(0);
  /** Rises after changes of any file, once in a while however many there are. */
  changes = $state(0);
  readonly #ownId: string;
  #forgetting: ReturnType<typeof setTimeout> | undefined;
  #counting: ReturnType<typeof setTimeout> | undefined;

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  heard(event: LiveEvent): void {
    if (DECISIONS.has(event.type)) this.decisions += 1;
    this.#counting ??= setTimeout(() => {
      this.#counting = undefined;
      this.changes += 1;
    }, CHANGES_AT_MOST_EVERY_MS);
    if (!TOLD.has(event.type) || event.actor.id === this.#ownId) return;
    this.latest = event;
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => {
      this.latest = null;
    }, LATEST_MS);
  }

  stop(): void {
    clearTimeout(this.#forgetting);
    clearTimeout(this.#counting);
  }
}
