import { isUnreachable, ProblemError } from './api.ts';

const MOST = 40;

/**
 * What pages read last, in the memory of this tab alone: while the server is not reached, a page that was open before is
 * there again. `onAge` hears when what is shown was read, in milliseconds since the epoch; null once it is fresh.
 */
export class KeptAnswers {
  readonly #answers = new Map<string, { at: number; answer: unknown }>();
  readonly #onAge: (at: number | null) => void;

  constructor(onAge: (at: number | null) => void) {
    this.#onAge = onAge;
  }

  /** The answer, or the last one where the server is not reached; rejects as `ask` does where there is none. */
  async read<T>(key: string, ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.#answers.delete(key);
      this.#answers.set(key, { at: Date.now(), answer });
      const [oldest] = this.#answers.keys();
      if (oldest !== undefined && this.#answers.size > MOST) this.#answers.delete(oldest);
      this.#onAge(null);
      return answer;
    } catch (error) {
      const known = this.#answers.get(key);
      // Gone, or no longer this person's.
      if (error instanceof ProblemError && !isUnreachable(error)) this.#answers.delete(key);
      if (!known || !isUnreachable(error)) throw error;
      this.#onAge(known.at);
      return known.answer as T;
    }
  }

  /** Whoever signs in next on this tab finds nothing. */
  forget(): void {
    this.#answers.clear();
    this.#onAge(null);
  }
}
