import { isDatabaseAway } from '../http/errors.ts';

/** One more than the connections of the live pool. */
const TRIES = 4;

/**
 * Repeats work that may be repeated when its connection was lost under it: after Postgres was restarted, each pooled
 * connection fails one query before it opens anew.
 */
export async function retryLostQuery<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || !isDatabaseAway(error)) throw error;
    }
  }
}
