import type { Endpoints } from '../endpoint.ts';
import { IdParams } from './common.ts';
import { SavedViewBody, SavedViewList, SavedViewSchema } from './customers.ts';

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
