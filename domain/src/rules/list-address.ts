import { endOfDay } from './china-time.ts';

const DAY = 86_400_000;

/** Deadlines that an address may ask for: how many days from today they reach; `late` are those already past. */
export const DUE_WORDS = ['late', 'today', 'week'] as const;
export type DueWord = (typeof DUE_WORDS)[number];
const DUE_DAYS: Record<Exclude<DueWord, 'late'>, number> = { today: 0, week: 6 };

/**
 * An address of the customer list as the API takes it: `updated=7` (days) and `due=today` become moments
 * as of `now`; open files only where a deadline is asked for. Everything else, known or not, stays as given.
 */
export function absoluteListQuery(address: URLSearchParams, now: number): URLSearchParams {
  const query = new URLSearchParams(address);
  const days = Number(address.get('updated'));
  if (days > 0) {
    query.delete('updated');
    query.set('updatedSince', new Date(Math.floor((now - days * DAY) / 60_000) * 60_000).toISOString());
  }
  const due = address.get('due') as DueWord | null;
  if (due && DUE_WORDS.includes(due)) {
    query.delete('due');
    const before = due === 'late' ? Math.floor(now / 60_000) * 60_000 : endOfDay(now) + DUE_DAYS[due] * DAY;
    query.set('dueBefore', new Date(before).toISOString());
    if (!query.has('status')) query.set('status', 'pending,complete');
  }
  if (address.get('todo') === '1') query.set('todo', 'true');
  return query;
}
