import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { DUE_WORDS, type DueWord } from '@qijian/domain/rules/list-address.ts';
import type { Catalog } from '#lib/catalog.svelte.ts';
import { stateName } from '#lib/names.ts';
import { m } from '#lib/paraglide/messages.js';

export interface FilterChip {
  key: string;
  name: string;
  value: string;
}

const DUE: Record<DueWord, () => string> = {
  late: () => m.filter_due_late(),
  today: () => m.filter_due_today(),
  week: () => m.filter_due_week(),
};
export const dueWords = (word: string) =>
  DUE_WORDS.includes(word as DueWord) ? DUE[word as DueWord]() : word;

/** The parts of the address that narrow the list, in words; a single state is shown by its tab instead. */
export function filterChips(params: URLSearchParams, catalog: Catalog): FilterChip[] {
  const listed = (words: (value: string) => string) => (value: string) =>
    value.split(',').map(words).join(m.list_comma());
  const owner = (value: string) =>
    value === 'me' ? m.actor_you() : value === 'none' ? m.nobody() : catalog.personName(value);
  const all: [string, string, (value: string) => string][] = [
    ['status', m.column_state(), listed((value) => stateName(value as CustomerState))],
    ['updated', m.filter_updated(), (value) => m.filter_days({ count: Number(value) })],
    ['assignee', m.field_owner(), listed(owner)],
    ['product', m.field_product(), listed(catalog.productName)],
    ['branch', m.field_branch(), listed((value) => value)],
    ['missing', params.get('onlyMissing') ? m.filter_only() : m.filter_missing(), catalog.typeName],
    ['returned', m.filter_returned(), () => m.yes()],
    ['due', m.field_due(), dueWords],
    ['todo', m.nav_todo(), () => m.yes()],
  ];
  return all.flatMap(([key, name, words]) => {
    const value = params.get(key);
    if (!value || (key === 'status' && !value.includes(','))) return [];
    return [{ key, name, value: words(value) }];
  });
}
