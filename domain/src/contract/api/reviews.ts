import { type Static, Type } from 'typebox';
import { REASON_CODES } from '../../rules/review-reasons.ts';
import type { Endpoints } from '../endpoint.ts';
import { Distinct, Id, IdParams, Nullable, PersonRef, Timestamp, Version } from './common.ts';
import { CustomerSchema } from './customers.ts';
import { DocumentSchema, RegionSchema } from './documents.ts';

/**
 * Guarded by the file's state, its completeness and its claim at that moment, so that no `version` is needed; a stale one
 * that is given is refused.
 */
export const CommandBody = Type.Object(
  { version: Type.Optional(Version), reason: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false },
);
export const DecisionBody = Type.Object(
  {
    version: Version,
    decision: Type.Union([Type.Literal('approve'), Type.Literal('reject'), Type.Literal('return')]),
    /** Needed to reject and to return. */
    reason: Type.Optional(Type.String({ maxLength: 500 })),
    /** With `return`: the types that are required of this customer from now on. */
    requestedTypes: Type.Optional(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 50 })),
    /** What to tell the customer of single requested types, and nothing of the others; without it `reason` of all. */
    typeReasons: Type.Optional(
      Type.Record(Type.String({ maxLength: 60 }), Type.String({ minLength: 1, maxLength: 500 })),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ version: 7, decision: 'return', reason: '流水不完整', requestedTypes: ['bank_statement'] }],
  },
);
export type DecisionInput = Static<typeof DecisionBody>;

const Reason = Type.Enum([...REASON_CODES]);
/** `version` is the document's version that was looked at. */
export const VerdictBody = Type.Object(
  {
    version: Version,
    verdict: Type.Union([Type.Literal('accepted'), Type.Literal('rejected')]),
    /** To reject, one of the two; `reasonCode` stands for a list of one. */
    reasonCode: Type.Optional(Reason),
    reasonCodes: Type.Optional(Distinct(Reason, { minItems: 1, maxItems: REASON_CODES.length })),
    message: Type.Optional(Type.String({ maxLength: 500 })),
    privateNote: Type.Optional(Type.String({ maxLength: 2000 })),
    /** The part of the page that is at fault; the customer is shown it on their own picture. */
    region: Type.Optional(RegionSchema),
  },
  {
    additionalProperties: false,
    examples: [{ version: 2, verdict: 'rejected', reasonCodes: ['blurred'], message: '请重新拍一张' }],
  },
);
export type VerdictInput = Static<typeof VerdictBody>;

/** Restores what was there before one's own last verdict, until the decision. `version` is the document's. */
export const UndoVerdictBody = Type.Object({ version: Version }, { additionalProperties: false });

/** The last verdict on a document with what is not for staff. */
export const VerdictAnswer = Type.Object({
  documentId: Id,
  version: Type.Integer(),
  verdict: Type.Union([Type.Literal('pending'), Type.Literal('accepted'), Type.Literal('rejected')]),
  reasonCodes: Type.Array(Type.String()),
  message: Nullable(Type.String()),
  privateNote: Nullable(Type.String()),
  region: Nullable(RegionSchema),
  reviewedBy: Nullable(PersonRef),
  reviewedAt: Nullable(Timestamp),
  /** Whether the caller may take it back. */
  mayUndo: Type.Boolean(),
});
export type VerdictBodyAnswer = Static<typeof VerdictAnswer>;

/** The lease goes on until then (database time); send a heartbeat every third of `leaseSeconds`. */
export const HeartbeatAnswer = Type.Object({ until: Timestamp, leaseSeconds: Type.Integer() });
/** All of one's claims go on, `claims` of them; for whoever is at work in the queue. */
export const HeartbeatAllAnswer = Type.Object({ claims: Type.Integer(), leaseSeconds: Type.Integer() });
/** Whom the holder hands the claim to. */
export const GrantBody = Type.Object({ userId: Id }, { additionalProperties: false });
/** Who has the claim and was asked for it. */
export const ClaimRequestAnswer = Type.Object({ holder: PersonRef });

/** A file's way through the auditors' hands: submit, withdraw, claim, verdicts, decision, reopen. */
export const reviewEndpoints = {
  submit: {
    method: 'POST',
    path: '/api/customers/:id/submit',
    access: 'customers.submit',
    params: IdParams,
    body: CommandBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict', 'not-complete', 'being-checked'],
  },
  withdraw: {
    method: 'POST',
    path: '/api/customers/:id/withdraw',
    access: 'customers.submit',
    params: IdParams,
    body: CommandBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict', 'already-claimed'],
  },
  claim: {
    method: 'POST',
    path: '/api/customers/:id/claim',
    access: 'reviews.decide',
    params: IdParams,
    body: CommandBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict', 'already-claimed'],
  },
  release: {
    method: 'POST',
    path: '/api/customers/:id/release',
    access: 'reviews.decide',
    params: IdParams,
    body: CommandBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict', 'already-claimed'],
  },
  reopen: {
    method: 'POST',
    path: '/api/customers/:id/reopen',
    access: 'customers.submit',
    params: IdParams,
    body: CommandBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict'],
  },
  heartbeat: {
    method: 'POST',
    path: '/api/customers/:id/claim/heartbeat',
    access: 'reviews.decide',
    params: IdParams,
    answer: [200, HeartbeatAnswer],
    problems: ['claim-lost'],
  },
  requestClaim: {
    method: 'POST',
    path: '/api/customers/:id/claim/request',
    access: 'reviews.decide',
    params: IdParams,
    answer: [200, ClaimRequestAnswer],
    once: true,
    problems: ['state-conflict'],
  },
  grantClaim: {
    method: 'POST',
    path: '/api/customers/:id/claim/grant',
    access: 'reviews.decide',
    params: IdParams,
    body: GrantBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['state-conflict', 'claim-lost'],
  },
  takeOver: {
    method: 'POST',
    path: '/api/customers/:id/claim/takeover',
    access: 'reviews.take-over',
    params: IdParams,
    answer: [200, CustomerSchema],
    once: true,
    problems: ['state-conflict'],
  },
  decide: {
    method: 'POST',
    path: '/api/customers/:id/decision',
    access: 'reviews.decide',
    params: IdParams,
    body: DecisionBody,
    answer: [200, CustomerSchema],
    once: true,
    problems: [
      'version-conflict',
      'state-conflict',
      'claim-lost',
      'already-claimed',
      'own-upload',
      'not-complete',
      'not-all-accepted',
      'second-auditor-needed',
    ],
  },
  readVerdict: {
    method: 'GET',
    path: '/api/documents/:id/review',
    access: 'reviews.decide',
    params: IdParams,
    answer: [200, VerdictAnswer],
  },
  giveVerdict: {
    method: 'POST',
    path: '/api/documents/:id/review',
    access: 'reviews.decide',
    params: IdParams,
    body: VerdictBody,
    answer: [200, DocumentSchema],
    once: true,
    problems: [
      'version-conflict',
      'state-conflict',
      'claim-lost',
      'already-claimed',
      'own-upload',
      'being-checked',
      'document-failed',
    ],
  },
  undoVerdict: {
    method: 'POST',
    path: '/api/documents/:id/review/undo',
    access: 'reviews.decide',
    params: IdParams,
    body: UndoVerdictBody,
    answer: [200, DocumentSchema],
    once: true,
    problems: ['version-conflict', 'state-conflict', 'claim-lost', 'already-claimed'],
  },
} as const satisfies Endpoints;
