import type { Comment, CommentListBody } from '@qijian/domain/contract/api/comments.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { call } from '#lib/api.ts';
import type { Live } from '#lib/live.svelte.ts';
import { afterComment, withComment } from './comment-events.ts';

const PAGE = 30;
/** How many pages are looked through for one comment. */
const MAX_PAGES = 20;

/** The comments on a customer, or on one document, as everybody sees them: a page, and every event since. */
export class CommentsState {
  /** Newest first. */
  items = $state.raw<Comment[]>([]);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  #cursor = $state<string | null>(null);
  readonly #customerId: string;
  readonly #documentId: string | null;
  readonly #live: Live;
  #unsubscribe = () => {};
  #stopped = false;

  constructor(customerId: string, documentId: string | null, live: Live) {
    this.#customerId = customerId;
    this.#documentId = documentId;
    this.#live = live;
  }

  get hasOlder(): boolean {
    return this.#cursor !== null;
  }

  /** Takes a fresh first page and follows it. */
  async load(): Promise<void> {
    if (this.status === 'failed') this.status = 'loading';
    try {
      const page = await this.#page(null);
      if (this.#stopped) return;
      this.items = page.items;
      this.#cursor = page.nextCursor;
      this.#unsubscribe();
      this.#unsubscribe = this.#live.subscribe(page.head, {
        onEvent: (event) => this.#apply(event),
        onReset: () => void this.load(),
      });
      this.status = 'ready';
    } catch {
      if (this.items.length === 0) this.status = 'failed';
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe();
  }

  async older(): Promise<void> {
    if (!this.#cursor) return;
    const page = await this.#page(this.#cursor);
    this.items = page.items.reduce(withComment, this.items);
    this.#cursor = page.nextCursor;
  }

  /** Goes back until a comment is there; false when it is not. */
  async reach(id: string): Promise<boolean> {
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      if (this.items.some((comment) => comment.id === id)) return true;
      if (!this.hasOlder) return false;
      await this.older();
    }
    return false;
  }

  put(comment: Comment): void {
    this.items = withComment(this.items, comment);
  }

  async edit(id: string, body: string, mentions: string[]): Promise<void> {
    this.put(await call('PATCH /api/comments/:id', { params: { id }, body: { body, mentions } }));
  }

  #apply(event: LiveEvent): void {
    this.items = afterComment(this.items, event, this.#documentId);
  }

  #page(cursor: string | null): Promise<CommentListBody> {
    return call('GET /api/customers/:id/comments', {
      params: { id: this.#customerId },
      query: {
        limit: PAGE,
        ...(this.#documentId ? { documentId: this.#documentId } : {}),
        ...(cursor ? { cursor } : {}),
      },
    });
  }
}
