import { SvelteMap } from 'svelte/reactivity';
import { call, ProblemError } from '#lib/api.ts';
import { errorWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';

const UNDO_MS = 5_000;

/** Comments that their author deletes: for five seconds it can be taken back, then it is done, wherever one is. */
class CommentDeletions {
  readonly #states = new SvelteMap<string, 'waiting' | 'sent'>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #listens = false;

  stateOf(id: string): 'waiting' | 'sent' | undefined {
    return this.#states.get(id);
  }

  add(id: string): void {
    if (!this.#listens) addEventListener('pagehide', () => this.#sendAll());
    this.#listens = true;
    this.#states.set(id, 'waiting');
    this.#timers.set(
      id,
      setTimeout(() => void this.#send(id), UNDO_MS),
    );
  }

  undo(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#states.delete(id);
  }

  async #send(id: string, options: { keepalive?: boolean } = {}): Promise<void> {
    this.#timers.delete(id);
    this.#states.set(id, 'sent');
    try {
      await call('DELETE /api/comments/:id', { params: { id }, ...options });
    } catch (error) {
      if (error instanceof ProblemError && error.type === 'not-found') return;
      this.#states.delete(id);
      toast(errorWords(error), { tone: 'bad' });
    }
  }

  /** The page goes; the requests outlive it. */
  #sendAll(): void {
    for (const [id, timer] of [...this.#timers]) {
      clearTimeout(timer);
      void this.#send(id, { keepalive: true });
    }
  }
}

export const deletions = new CommentDeletions();
