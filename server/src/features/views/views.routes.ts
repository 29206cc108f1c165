import type { Db } from '@qijian/db/client.ts';
import {
  deleteSavedView,
  insertSavedView,
  MAX_VIEWS,
  readSavedViews,
  type SavedViewRow,
  updateSavedView,
} from '@qijian/db/queries/saved-views.ts';
import { type CustomerListFilter, CustomerListQuery } from '@qijian/domain/contract/api/customer-list.ts';
import { QueueQuery } from '@qijian/domain/contract/api/review-queue.ts';
import { type SavedView, type ViewList, viewEndpoints } from '@qijian/domain/contract/api/views.ts';
import { absoluteListQuery } from '@qijian/domain/rules/list-address.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import { holdsNumber } from '@qijian/domain/rules/search-terms.ts';
import type { FastifyPluginAsync } from 'fastify';
import { Value } from 'typebox/value';
import { v7 as uuidv7 } from 'uuid';
import { serve } from '../../http/endpoint.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { readTexts } from '../../http/validation.ts';
import { principalOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { countView } from '../customers/customers.list.ts';

/** One's own saved views of the customer list and of the review queue. */
export const viewRoutes: FastifyPluginAsync = async (app) => {
  const { db } = app;

  serve(app, viewEndpoints.listViews, async (request) => {
    const principal = principalOf(request);
    return { items: await withCounts(db, principal, await readSavedViews(db, principal.userId)) };
  });

  serve(app, viewEndpoints.saveView, async (request) => {
    const principal = principalOf(request);
    const { list = 'customers', query } = request.body;
    requireFilter(principal, list, query);
    const known = await readSavedViews(db, principal.userId);
    if (known.length >= MAX_VIEWS) {
      throw new Problem('state-conflict', { detail: `At most ${MAX_VIEWS} views can be saved` });
    }
    const row = await app.command(request, async (tx) => {
      const stored = await insertSavedView(tx, {
        id: uuidv7(),
        userId: principal.userId,
        name: request.body.name,
        list,
        query,
      });
      return stored ?? nameTaken();
    });
    const [view] = await withCounts(db, principal, [row]);
    return view as SavedView;
  });

  serve(app, viewEndpoints.changeView, async (request) => {
    const principal = principalOf(request);
    const { list = 'customers', query } = request.body;
    requireFilter(principal, list, query);
    const row = await updateSavedView(db, {
      id: request.params.id,
      userId: principal.userId,
      name: request.body.name,
      list,
      query,
    });
    if (!row) throw new Problem('not-found');
    if (row === 'taken') return nameTaken();
    const [view] = await withCounts(db, principal, [row]);
    return view as SavedView;
  });

  serve(app, viewEndpoints.deleteView, async (request) => {
    if (!(await deleteSavedView(db, request.params.id, principalOf(request).userId))) {
      throw new Problem('not-found');
    }
  });
};

async function withCounts(db: Db, principal: Principal, rows: SavedViewRow[]): Promise<SavedView[]> {
  const ofCustomers = rows.filter(({ list }) => list === 'customers');
  const counts = await countView(
    db,
    principal,
    ofCustomers.map((row) => parseFilter(row.query) ?? {}),
  );
  return rows.map((row) => ({
    id: row.id,
    list: row.list,
    name: row.name,
    query: row.query,
    count: row.list === 'customers' ? (counts[ofCustomers.indexOf(row)] ?? NONE) : null,
  }));
}
const NONE = { count: 0, isExact: true };

function requireFilter({ role }: Principal, list: ViewList, query: string): void {
  if (list === 'customers') {
    const filter = parseFilter(query);
    if (!filter) throw fieldProblem('query', 'is not a filter of the customer list');
    if (holdsNumber(filter.search ?? '')) throw fieldProblem('query', 'holds a number; views keep none');
  } else {
    if (!may(role, 'reviews.decide')) throw new Problem('not-allowed');
    const given = readTexts(QueueQuery, Object.fromEntries(new URLSearchParams(query)));
    if (!Value.Check(QueueQuery, given)) throw fieldProblem('query', 'is not a filter of the review queue');
  }
}

function nameTaken(): never {
  throw new Problem('already-exists', { errors: [{ path: 'name', message: 'is taken' }] });
}

/** The filter in a query string, or null when the list would not take it. */
function parseFilter(query: string): CustomerListFilter | null {
  const address = absoluteListQuery(new URLSearchParams(query), Date.now());
  const given = readTexts(CustomerListQuery, Object.fromEntries(address));
  return Value.Check(CustomerListQuery, given) ? given : null;
}
