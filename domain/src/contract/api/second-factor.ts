import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { IdParams, Timestamp } from './common.ts';
import { RoleSchema, UserSchema } from './users.ts';

const Challenge = Type.String({ minLength: 20, maxLength: 100 });
/** Six digits of the authenticator, or a recovery code. */
const Code = Type.String({ minLength: 6, maxLength: 20 });

/** What an authenticator is set up with; answered while it is being set up and never again. */
export const FactorSecret = Type.Object({ secret: Type.String(), uri: Type.String() });
export type FactorSecret = Static<typeof FactorSecret>;
export const RecoveryCodes = Type.Object({ recoveryCodes: Type.Array(Type.String()) });
export const SecondStepAnswer = Type.Object({
  user: UserSchema,
  /** Answered once, when the second step was set up with it. */
  recoveryCodes: Type.Optional(Type.Array(Type.String())),
});
export const SecondFactor = Type.Object({
  since: Type.Union([Timestamp, Type.Null()]),
  recoveryCodesLeft: Type.Integer(),
  /** The person's role has to have one. */
  demanded: Type.Boolean(),
});
export type SecondFactor = Static<typeof SecondFactor>;
export const DemandedRoles = Type.Object(
  { roles: Type.Array(RoleSchema, { maxItems: 3 }) },
  { additionalProperties: false },
);
export const ConfirmBody = Type.Object(
  {
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    code: Type.Optional(Code),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** The second step of signing in, and what people and administrators do about it. */
export const secondFactorEndpoints = {
  setUpAtSignIn: {
    method: 'POST',
    path: '/api/auth/second-step/setup',
    access: 'public',
    body: Type.Object({ challenge: Challenge }, { additionalProperties: false }),
    answer: [200, FactorSecret],
    problems: ['challenge-ended'],
  },
  takeSecondStep: {
    method: 'POST',
    path: '/api/auth/second-step',
    access: 'public',
    body: Type.Object({ challenge: Challenge, code: Code }, { additionalProperties: false }),
    answer: [200, SecondStepAnswer],
    problems: ['challenge-ended', 'wrong-code', 'rate-limited'],
  },
  confirmIdentity: {
    method: 'POST',
    path: '/api/auth/confirm',
    access: 'signed-in',
    body: ConfirmBody,
    answer: [204, null],
    problems: ['wrong-password', 'wrong-code', 'rate-limited', 'not-allowed'],
  },
  readSecondFactor: {
    method: 'GET',
    path: '/api/auth/second-factor',
    access: 'signed-in',
    answer: [200, SecondFactor],
  },
  startSecondFactor: {
    method: 'POST',
    path: '/api/auth/second-factor',
    access: 'signed-in',
    answer: [200, FactorSecret],
    problems: ['confirm-identity', 'state-conflict', 'not-allowed'],
  },
  finishSecondFactor: {
    method: 'POST',
    path: '/api/auth/second-factor/finish',
    access: 'signed-in',
    body: Type.Object({ code: Code }, { additionalProperties: false }),
    answer: [200, RecoveryCodes],
    problems: ['confirm-identity', 'state-conflict', 'wrong-code', 'rate-limited', 'not-allowed'],
  },
  renewRecoveryCodes: {
    method: 'POST',
    path: '/api/auth/second-factor/recovery-codes',
    access: 'signed-in',
    answer: [200, RecoveryCodes],
    problems: ['confirm-identity', 'state-conflict', 'not-allowed'],
  },
  removeSecondFactor: {
    method: 'DELETE',
    path: '/api/auth/second-factor',
    access: 'signed-in',
    answer: [204, null],
    problems: ['confirm-identity', 'state-conflict', 'not-allowed'],
  },
  readDemandedRoles: {
    method: 'GET',
    path: '/api/second-factor-roles',
    access: 'users.manage',
    answer: [200, DemandedRoles],
  },
  demandSecondFactor: {
    method: 'PATCH',
    path: '/api/second-factor-roles',
    access: 'users.manage',
    body: DemandedRoles,
    answer: [200, DemandedRoles],
    problems: ['confirm-identity'],
  },
  /** For somebody who lost authenticator and recovery codes; ends their sessions. */
  resetSecondFactor: {
    method: 'DELETE',
    path: '/api/users/:id/second-factor',
    access: 'users.manage',
    params: IdParams,
    answer: [204, null],
    problems: ['confirm-identity'],
  },
} as const satisfies Endpoints;
