import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { matches } from './filter.ts';

/** What the list shows just now, for judging a change. */
export interface ShownList {
  rows: readonly Customer[];
  params: URLSearchParams;
  sort: string;
  /** More customers follow after the last row. */
  hasMore: boolean;
  ownId: string;
  /** Whether a colleague wrote to oneself about this customer, which is not read yet. */
  isAsked?: (customerId: string) => boolean;
  now: number;
}

/** What a changed customer means for the list; rows never move by themselves. */
export type RowChange =
  | { kind: 'none' }
  /** Not on the page, but would stand there after sorting again. */
  | { kind: 'arrives' }
  | { kind: 'row'; index: number; belongs: boolean };

/** Judges one changed customer; what is shown already and customers of other pages are `none`. */
export function judgeChange(shown: ShownList, customer: Customer): RowChange {
  const index = shown.rows.findIndex((row) => row.id === customer.id);
  const row = shown.rows[index];
  const belongs = matches(shown.params, customer, {
    id: shown.ownId,
    now: shown.now,
    wasThere: row !== undefined,
    isAsked: shown.isAsked?.(customer.id) ?? false,
  });
  if (row) return row.revision >= customer.revision ? { kind: 'none' } : { kind: 'row', index, belongs };
  const last = shown.rows.at(-1);
  const isHere = !shown.hasMore || !last || standsBefore(customer, last, shown.sort);
  return belongs && isHere ? { kind: 'arrives' } : { kind: 'none' };
}

/** The order of the API's `sort`: without a deadline comes last, equal ones by id. */
function standsBefore(one: Customer, other: Customer, sort: string): boolean {
  const key = sort.replace('-', '');
  const [a, b] = [rank(one, key), rank(other, key)];
  if (a === b) return sort.startsWith('-') ? one.id > other.id : one.id < other.id;
  return sort.startsWith('-') ? a > b : a < b;
}

function rank(customer: Customer, key: string): number {
  switch (key) {
    case 'number':
      return Number(customer.number.replace(/\D/g, ''));
    case 'dueAt':
      return customer.dueAt ? Date.parse(customer.dueAt) : Number.POSITIVE_INFINITY;
    case 'createdAt':
      return Date.parse(customer.createdAt);
    default:
      return Date.parse(customer.updatedAt);
  }
}
