import { type Static, Type } from 'typebox';
import { CUSTOMER_SORTS, LIST_MAX_PAGE_SIZE } from '../../rules/list-address.ts';
import type { Endpoints } from '../endpoint.ts';
import { Moment, Nullable, StreamHeadBody } from './common.ts';
import { CustomerSchema } from './customers.ts';

/** Repeated values are comma-separated: `status=pending,complete`; `product`, `branch`, `assignee` (user ids, `me`, `none`) alike. */
export const CustomerListQuery = Type.Object(
  {
    search: Type.Optional(Type.String({ maxLength: 60 })),
    status: Type.Optional(Type.String({ maxLength: 80 })),
    product: Type.Optional(Type.String({ maxLength: 200 })),
    branch: Type.Optional(Type.String({ maxLength: 400 })),
    assignee: Type.Optional(Type.String({ maxLength: 400 })),
    /** A document type code: customers who lack it. */
    missing: Type.Optional(Type.String({ maxLength: 60 })),
    /** With `missing`: only those who lack nothing else. */
    onlyMissing: Type.Optional(Type.Boolean()),
    returned: Type.Optional(Type.Boolean()),
    /** What is to be done by oneself: see `waitsForOwner`, and wherever one is mentioned or asked and has not read it. */
    todo: Type.Optional(Type.Boolean()),
    updatedSince: Type.Optional(Moment),
    dueBefore: Type.Optional(Moment),
    deleted: Type.Optional(Type.Boolean()),
    sort: Type.Optional(Type.Enum([...CUSTOMER_SORTS])),
    page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_MAX_PAGE_SIZE })),
    cursor: Type.Optional(Type.String({ maxLength: 300 })),
  },
  { additionalProperties: false },
);
export type CustomerListFilter = Static<typeof CustomerListQuery>;
/** As the query of the list. A search that holds a number comes this way only: it stands in no address and no log. */
export const CustomerSearchBody = Type.Object(CustomerListQuery.properties, { additionalProperties: false });
export const CustomerList = Type.Object(
  {
    items: Type.Array(CustomerSchema),
    /** Counted up to a bound; see `totalIsExact`. */
    total: Type.Integer(),
    totalIsExact: Type.Boolean(),
    page: Type.Integer(),
    pageSize: Type.Integer(),
    nextCursor: Nullable(Type.String()),
    /** Head of stream `customers` in the same snapshot. */
    head: StreamHeadBody,
  },
  { title: 'CustomerList' },
);
export type CustomerListAnswer = Static<typeof CustomerList>;

/** Counted up to a bound. */
export const Count = Type.Object({ count: Type.Integer(), isExact: Type.Boolean() });
/** Figures beside tabs and in the sidebar; bounded counts. `branches` for the filter menu. */
export const CustomerFacets = Type.Object({
  all: Count,
  byStatus: Type.Record(Type.String(), Count),
  mine: Count,
  dueToday: Count,
  returned: Count,
  todo: Count,
  branches: Type.Array(Type.String()),
});
export type CustomerFacetsAnswer = Static<typeof CustomerFacets>;

/** The list of customers: filtered, searched, counted. */
export const customerListEndpoints = {
  listCustomers: {
    method: 'GET',
    path: '/api/customers',
    access: 'customers.read',
    query: CustomerListQuery,
    answer: [200, CustomerList],
    problems: ['number-in-address'],
  },
  searchCustomers: {
    method: 'POST',
    path: '/api/customers/search',
    access: 'customers.read',
    body: CustomerSearchBody,
    answer: [200, CustomerList],
    problems: ['too-many-searches'],
  },
  countCustomers: {
    method: 'GET',
    path: '/api/customers/facets',
    access: 'customers.read',
    answer: [200, CustomerFacets],
  },
} as const satisfies Endpoints;
