import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { Id, IdParams, Nullable, VisibleText } from './common.ts';
import { Count } from './customer-list.ts';

/** The lists that views are of. */
export const VIEW_LISTS = ['customers', 'review-queue'] as const;
export type ViewList = (typeof VIEW_LISTS)[number];
const List = Type.Enum([...VIEW_LISTS]);
/**
 * A saved view: a name and the list's query string, which for customers may hold the relative words of
 * `list-address.ts`. Views of the queue have no count.
 */
export const SavedViewSchema = Type.Object(
  {
    id: Id,
    list: List,
    name: Type.String(),
    query: Type.String(),
    count: Nullable(Count),
  },
  { title: 'SavedView' },
);
export type SavedView = Static<typeof SavedViewSchema>;
export const SavedViewBody = Type.Object(
  {
    name: VisibleText(40),
    query: Type.String({ maxLength: 1000 }),
    /** `customers` without it; a view stays with its list. */
    list: Type.Optional(List),
  },
  { additionalProperties: false },
);
export const SavedViewList = Type.Object({ items: Type.Array(SavedViewSchema) });

/** One's own saved views of the customer list and of the review queue. */
export const viewEndpoints = {
  listViews: { method: 'GET', path: '/api/views', access: 'customers.read', answer: [200, SavedViewList] },
  saveView: {
    method: 'POST',
    path: '/api/views',
    access: 'customers.read',
    body: SavedViewBody,
    answer: [201, SavedViewSchema],
    once: true,
    problems: ['state-conflict', 'already-exists'],
  },
  changeView: {
    method: 'PATCH',
    path: '/api/views/:id',
    access: 'customers.read',
    params: IdParams,
    body: SavedViewBody,
    answer: [200, SavedViewSchema],
    problems: ['already-exists'],
  },
  deleteView: {
    method: 'DELETE',
    path: '/api/views/:id',
    access: 'customers.read',
    params: IdParams,
    answer: [204, null],
  },
} as const satisfies Endpoints;
