import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import {
  Distinct,
  Id,
  IdParams,
  Moment,
  Nullable,
  PersonRef,
  StreamHeadBody,
  Timestamp,
  Version,
  VisibleText,
  VisibleTextOrEmpty,
} from './common.ts';

export const StateSchema = Type.Union([
  Type.Literal('pending'),
  Type.Literal('complete'),
  Type.Literal('reviewing'),
  Type.Literal('approved'),
  Type.Literal('rejected'),
]);
export const PieceSchema = Type.Object({
  type: Type.String(),
  state: Type.Union([
    Type.Literal('missing'),
    Type.Literal('received'),
    Type.Literal('accepted'),
    Type.Literal('returned'),
  ]),
});
export type Piece = Static<typeof PieceSchema>;

/** A file that is with the auditors. */
export const ReviewSchema = Type.Object({
  submittedBy: Nullable(PersonRef),
  submittedAt: Timestamp,
  /** `submittedAt`, earlier by what the file has waited in former submissions: the waiting time is now less this. */
  waitingSince: Timestamp,
  /** How many times it was submitted, this one included. */
  submissions: Type.Integer(),
  /** Documents added since it was last returned. */
  supplements: Type.Integer(),
  /** End of the lease of `claimedBy` at this version; heartbeats move it without an event. */
  claimUntil: Nullable(Timestamp),
  /** Types whose documents all have a verdict, and all types with documents of this submission. */
  judged: Type.Integer(),
  total: Type.Integer(),
  /** With two auditors: the first has approved. */
  firstApproval: Nullable(Type.Object({ by: PersonRef, at: Timestamp })),
});

export const CustomerSchema = Type.Object(
  {
    id: Id,
    /** `QJ-1183`. */
    number: Type.String({ examples: ['QJ-1183'] }),
    /** What a decision or an edit is bound to: rises when something that a person has to look at changed. */
    version: Type.Integer(),
    /** Rises with every event; what has the higher one is newer. */
    revision: Type.Integer(),
    name: Type.String(),
    /** Masked: `138 **** 0021`, `+852 **** 4567`. */
    phone: Type.String({ examples: ['138 **** 0021'] }),
    /** Masked: `330106********1234`. */
    idNumber: Nullable(Type.String()),
    product: Nullable(Type.String()),
    /** Whole yuan. */
    amount: Nullable(Type.Integer()),
    termMonths: Nullable(Type.Integer()),
    branch: Nullable(Type.String()),
    owner: Nullable(PersonRef),
    dueAt: Nullable(Timestamp),
    note: Type.String(),
    status: StateSchema,
    completeness: Type.Object({
      required: Type.Integer(),
      satisfied: Type.Integer(),
      percent: Type.Integer(),
    }),
    /** One entry per required or requested type, in checklist order. */
    pieces: Type.Array(PieceSchema),
    missing: Type.Array(Type.String()),
    /** Types an auditor asked for, with the reason; each needs something newer than `at`. */
    requestedTypes: Type.Array(Type.Object({ type: Type.String(), reason: Type.String(), at: Timestamp })),
    /** Types that staff said need not be sent again, why and who said it. */
    excusedTypes: Type.Array(
      Type.Object({ type: Type.String(), reason: Type.String(), by: Type.String(), at: Timestamp }),
    ),
    /** Optional types marked as not applicable. */
    waivedTypes: Type.Array(Type.String()),
    claimedBy: Nullable(PersonRef),
    /** Null unless `reviewing`. */
    review: Nullable(ReviewSchema),
    /** An auditor has decided on it, if only to return it; reopening does not change that. */
    decided: Type.Boolean(),
    createdBy: PersonRef,
    /** Who made the last change; null for the system. */
    updatedBy: Nullable(Type.String()),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    deletedAt: Nullable(Timestamp),
  },
  { title: 'Customer' },
);
export type Customer = Static<typeof CustomerSchema>;

const fields = {
  name: VisibleText(60),
  /** However it is typed or pasted; stored as `readPhone` and `readIdNumber` read it. */
  phone: Type.String({ minLength: 1, maxLength: 60, examples: ['13800000021'] }),
  idNumber: Nullable(Type.String({ maxLength: 60 })),
  product: Nullable(Type.String({ maxLength: 40 })),
  amount: Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
  termMonths: Nullable(Type.Integer({ minimum: 1, maximum: 480 })),
  branch: Nullable(VisibleTextOrEmpty(60)),
  ownerId: Nullable(Id),
  dueAt: Nullable(Moment),
  note: Type.String({ maxLength: 2000 }),
};
/** The fields people edit; also the names used in conflicts and `FieldChange`. */
export const CUSTOMER_FIELDS = Object.keys(fields) as (keyof typeof fields)[];
export type CustomerField = keyof typeof fields;

export const CreateCustomerBody = Type.Object(
  {
    name: fields.name,
    phone: fields.phone,
    idNumber: Type.Optional(fields.idNumber),
    product: Type.Optional(fields.product),
    amount: Type.Optional(fields.amount),
    termMonths: Type.Optional(fields.termMonths),
    branch: Type.Optional(fields.branch),
    ownerId: Type.Optional(fields.ownerId),
    dueAt: Type.Optional(fields.dueAt),
    note: Type.Optional(fields.note),
  },
  { additionalProperties: false },
);
export type CreateCustomer = Static<typeof CreateCustomerBody>;

/**
 * `version` is the version the person was looking at. Fields nobody else changed since then are saved; a field that
 * somebody did change answers 409 `version-conflict` with `current` and `errors` naming the fields; nothing is saved.
 */
export const UpdateCustomerBody = Type.Object(
  {
    version: Version,
    ...Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, Type.Optional(v)])),
  } as {
    version: typeof Version;
  } & { [K in keyof typeof fields]: ReturnType<typeof Type.Optional<(typeof fields)[K]>> },
  { additionalProperties: false, minProperties: 2 },
);
export type UpdateCustomer = Static<typeof UpdateCustomerBody>;

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
    pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
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

/** Whole numbers as they are being typed; `except` is the customer that is edited. What is no number is not asked for. */
export const SameNumbersBody = Type.Object(
  {
    phone: Type.Optional(fields.phone),
    idNumber: Type.Optional(Type.String({ maxLength: 60 })),
    except: Type.Optional(Id),
  },
  { additionalProperties: false },
);
const SameNumberSchema = Type.Object({
  field: Type.Enum(['phone', 'idNumber']),
  id: Id,
  number: Type.String(),
  name: Type.String(),
});
export type SameNumber = Static<typeof SameNumberSchema>;
/** Customers who have one of them already; at most ten of each. */
export const SameNumbersAnswer = Type.Object({ items: Type.Array(SameNumberSchema) });

const Count = Type.Object({ count: Type.Integer(), isExact: Type.Boolean() });
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

export const IncompleteGroupSchema = Type.Object({
  id: Id,
  arrived: Type.Integer(),
  total: Type.Integer(),
  /** Indexes from 0. */
  missing: Type.Array(Type.Integer()),
});
export const CompletenessItemSchema = Type.Object({
  type: Type.String(),
  required: Type.Boolean(),
  requested: Type.Boolean(),
  satisfied: Type.Boolean(),
  /** Satisfied only if what is still being opened proves readable. */
  checking: Type.Boolean(),
  reason: Nullable(Type.String()),
  pages: Type.Integer(),
  minPages: Type.Integer(),
  maxAgeDays: Nullable(Type.Integer()),
  state: PieceSchema.properties.state,
  excusable: Type.Boolean(),
  /** A document of which pages have not arrived; null where all are whole. */
  incomplete: Nullable(IncompleteGroupSchema),
});
export const CompletenessAnswer = Type.Object(
  {
    required: Type.Integer(),
    satisfied: Type.Integer(),
    percent: Type.Integer(),
    items: Type.Array(CompletenessItemSchema),
    missing: Type.Array(Type.String()),
    /** Types that are satisfied only if what is still being opened proves readable. */
    checking: Type.Array(Type.String()),
  },
  { title: 'Completeness' },
);
export type CompletenessBody = Static<typeof CompletenessAnswer>;

/**
 * Guarded by the file's state, its completeness and its claim at that moment, so that no `version` is needed; a stale one
 * that is given is refused.
 */
export const CommandBody = Type.Object(
  { version: Type.Optional(Version), reason: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false },
);
export const DeleteCustomerBody = Type.Object(
  { version: Version, /** Must equal the customer's name. */ confirmName: VisibleTextOrEmpty(60) },
  { additionalProperties: false },
);
export const ChangeOwnerBody = Type.Object(
  { customerIds: Distinct(Id, { minItems: 1, maxItems: 200 }), ownerId: Nullable(Id) },
  { additionalProperties: false },
);
export const ChangeOwnerAnswer = Type.Object({
  changed: Type.Array(CustomerSchema),
  unchanged: Type.Array(Id),
});
export const RevealBody = Type.Object(
  { field: Type.Union([Type.Literal('phone'), Type.Literal('idNumber')]) },
  { additionalProperties: false },
);
export const RevealAnswer = Type.Object({ value: Type.String() });
/** `reason`: needed for a type that an auditor asked for or returned. */
export const WaiveBody = Type.Object(
  {
    version: Type.Optional(Version),
    type: Type.String({ maxLength: 60 }),
    waived: Type.Boolean(),
    reason: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
);

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

/** Customers: the list, one customer, and everything that changes their fields. */
export const customerEndpoints = {
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
  createCustomer: {
    method: 'POST',
    path: '/api/customers',
    access: 'customers.write',
    body: CreateCustomerBody,
    answer: [201, CustomerSchema],
    once: true,
  },
  findSameNumbers: {
    method: 'POST',
    path: '/api/customers/same-numbers',
    access: 'customers.write',
    body: SameNumbersBody,
    answer: [200, SameNumbersAnswer],
    problems: ['too-many-searches'],
  },
  changeOwner: {
    method: 'POST',
    path: '/api/customers/owner',
    access: 'customers.write',
    body: ChangeOwnerBody,
    answer: [200, ChangeOwnerAnswer],
    once: true,
  },
  readCustomer: {
    method: 'GET',
    path: '/api/customers/:id',
    access: 'customers.read',
    params: IdParams,
    answer: [200, CustomerSchema],
  },
  updateCustomer: {
    method: 'PATCH',
    path: '/api/customers/:id',
    access: 'customers.write',
    params: IdParams,
    body: UpdateCustomerBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'fields-frozen'],
  },
  deleteCustomer: {
    method: 'DELETE',
    path: '/api/customers/:id',
    access: 'customers.delete',
    params: IdParams,
    body: DeleteCustomerBody,
    answer: [204, null],
    once: true,
    problems: ['version-conflict', 'state-conflict'],
  },
  restoreCustomer: {
    method: 'POST',
    path: '/api/customers/:id/restore',
    access: 'customers.restore',
    params: IdParams,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['state-conflict'],
  },
  revealField: {
    method: 'POST',
    path: '/api/customers/:id/reveal',
    access: 'customers.reveal',
    params: IdParams,
    body: RevealBody,
    answer: [200, RevealAnswer],
  },
  waiveType: {
    method: 'POST',
    path: '/api/customers/:id/waive',
    access: 'customers.write',
    params: IdParams,
    body: WaiveBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict'],
  },
  readCompleteness: {
    method: 'GET',
    path: '/api/customers/:id/completeness',
    access: 'customers.read',
    params: IdParams,
    answer: [200, CompletenessAnswer],
  },
} as const satisfies Endpoints;
