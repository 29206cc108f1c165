import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import {
  Distinct,
  Id,
  IdParams,
  Moment,
  Nullable,
  PersonRef,
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
/** One customer, and everything that changes its fields. */
export const customerEndpoints = {
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
} as const satisfies Endpoints;
