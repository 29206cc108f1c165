import { endOfDay } from './china-time.ts';
import type { CustomerState } from './customer-states.ts';

const DAY = 86_400_000;

export const CUSTOMER_SORTS = [
  '-updatedAt',
  'updatedAt',
  '-createdAt',
  'createdAt',
  'dueAt',
  '-dueAt',
  'number',
  '-number',
] as const;
/** Rows of a page that does not say how many. */
export const LIST_PAGE_SIZE = 15;
export const LIST_MAX_PAGE_SIZE = 100;
/** Pages further in than this row are reached by the cursor. */
export const LIST_DEEPEST_ROW = 10_000;

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

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Of `CUSTOMER_STATES`, which lies with the code of the customer's page: the web's chunks would need each other. */
const STATES = Object.keys({
  pending: 1,
  complete: 1,
  reviewing: 1,
  approved: 1,
  rejected: 1,
} satisfies Record<CustomerState, 1>);
const isIn = (values: readonly string[]) => (value: string) => values.includes(value);
/** Of these parameters, the values that mean something; those of the others are free text. */
const VALUES: Record<string, (value: string) => boolean> = {
  status: isIn(STATES),
  assignee: (value) => value === 'me' || value === 'none' || ID.test(value),
  sort: isIn(CUSTOMER_SORTS),
  updated: (value) => Number(value) > 0 && Number(value) <= 3650,
  due: isIn(DUE_WORDS),
  todo: isIn(['1', 'true']),
  returned: isIn(['true']),
  onlyMissing: isIn(['true']),
  page: (value) => /^[1-9]\d{0,5}$/.test(value),
  pageSize: (value) => /^[1-9]\d{0,2}$/.test(value) && Number(value) <= LIST_MAX_PAGE_SIZE,
};
const LISTS = ['status', 'assignee'];

/**
 * An address of the list without what says nothing to it: one that is old, cut short or typed by hand shows what is
 * left of it. Pages end where only the next one can be asked for.
 */
export function knownListAddress(address: URLSearchParams): URLSearchParams {
  const known = new URLSearchParams();
  for (const [key, given] of address) {
    const parts = LISTS.includes(key) ? given.split(',') : [given];
    const value = parts.filter((part) => VALUES[key]?.(part) ?? true).join(',');
    if (value !== '' && !known.has(key)) known.set(key, value);
  }
  const last = Math.floor(LIST_DEEPEST_ROW / Number(known.get('pageSize') ?? LIST_PAGE_SIZE));
  if (Number(known.get('page')) > last) known.set('page', String(last));
  return known;
}
