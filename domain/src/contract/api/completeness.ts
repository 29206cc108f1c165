import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { Id, IdParams, Nullable, Version } from './common.ts';
import { CustomerSchema, PieceSchema } from './customers.ts';

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

/** What a customer's file still lacks, and what it need not have. */
export const completenessEndpoints = {
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
