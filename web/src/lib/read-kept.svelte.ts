import { browser } from '$app/env';
import { KeptAnswers } from './kept-answers.ts';

/** When what a page shows was read, while the server is not reached; null when it is fresh. */
export const shown = $state<{ asOf: Date | null }>({ asOf: null });

export const kept = new KeptAnswers((at) => {
  shown.asOf = at === null ? null : new Date(at);
});

/** Reads for a page's `load`; on the server, which serves many people, nothing is kept. */
export function readKept<T>(key: string, ask: () => Promise<T>): Promise<T> {
  return browser ? kept.read(key, ask) : ask();
}
