import { type Static, Type } from 'typebox';
import { REASON_CODES } from '../../rules/review-reasons.ts';
import { Version } from './common.ts';
import { RegionSchema } from './documents.ts';

export const DecisionBody = Type.Object(
  {
    version: Version,
    decision: Type.Union([Type.Literal('approve'), Type.Literal('reject'), Type.Literal('return')]),
    /** Needed to reject and to return. */
    reason: Type.Optional(Type.String({ maxLength: 500 })),
    /** With `return`: the types that are required of this customer from now on. */
    requestedTypes: Type.Optional(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 50 })),
  },
  { additionalProperties: false },
);
export type DecisionInput = Static<typeof DecisionBody>;

/** `version` is the document's version that was looked at. */
export const VerdictBody = Type.Object(
  {
    version: Version,
    verdict: Type.Union([Type.Literal('accepted'), Type.Literal('rejected')]),
    reasonCode: Type.Optional(Type.Enum([...REASON_CODES])),
    message: Type.Optional(Type.String({ maxLength: 500 })),
    privateNote: Type.Optional(Type.String({ maxLength: 2000 })),
    /** The part of the page that is at fault; the customer is shown it on their own picture. */
    region: Type.Optional(RegionSchema),
  },
  { additionalProperties: false },
);
export type VerdictInput = Static<typeof VerdictBody>;
