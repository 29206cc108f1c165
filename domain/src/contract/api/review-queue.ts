import { type Static, Type } from 'typebox';
import { SLA_LEVELS } from '../../rules/review-queue.ts';
import type { Endpoints } from '../endpoint.ts';
import { Id, Nullable, PersonRef, StreamHeadBody, Timestamp } from './common.ts';
import { CustomerSchema } from './customers.ts';
import { HeartbeatAllAnswer } from './reviews.ts';

/** `urgency` is `-waiting`: the longest waiting first; `submitted` begins with the earliest submission. */
export const QUEUE_SORTS = ['urgency', 'submitted', '-submitted', 'waiting', '-waiting'] as const;
export type QueueSort = (typeof QUEUE_SORTS)[number];

/** Repeated values are comma-separated; `submittedBy` takes user ids and `me`. */
export const QueueQuery = Type.Object(
  {
    mine: Type.Optional(Type.Boolean()),
    unclaimed: Type.Optional(Type.Boolean()),
    overdue: Type.Optional(Type.Boolean()),
    level: Type.Optional(Type.Enum([...SLA_LEVELS])),
    resubmitted: Type.Optional(Type.Boolean()),
    product: Type.Optional(Type.String({ maxLength: 200 })),
    branch: Type.Optional(Type.String({ maxLength: 400 })),
    submittedBy: Type.Optional(Type.String({ maxLength: 400 })),
    sort: Type.Optional(Type.Enum([...QUEUE_SORTS])),
    page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 300 })),
  },
  { additionalProperties: false },
);
export type QueueFilter = Static<typeof QueueQuery>;

const FirstApproval = Nullable(Type.Object({ by: PersonRef, at: Timestamp }));
/** As `queueRow` of the rules makes it; whose lease has run out has no claim. */
export const QueueRowSchema = Type.Object(
  {
    customer: CustomerSchema,
    submittedBy: Nullable(PersonRef),
    submittedAt: Timestamp,
    submissions: Type.Integer(),
    resubmitted: Type.Boolean(),
    supplements: Type.Integer(),
    waitingMs: Type.Integer(),
    sla: Type.Object({
      limitMs: Type.Integer(),
      level: Type.Enum([...SLA_LEVELS]),
      remainingMs: Type.Integer(),
    }),
    claim: Nullable(
      Type.Object({
        by: PersonRef,
        until: Nullable(Timestamp),
        progress: Type.Object({ judged: Type.Integer(), total: Type.Integer() }),
      }),
    ),
    firstApproval: FirstApproval,
  },
  { title: 'QueueRow' },
);
export type QueueRowBody = Static<typeof QueueRowSchema>;

export const QueueAnswer = Type.Object({
  items: Type.Array(QueueRowSchema),
  /** Rows that match the filter. */
  total: Type.Integer(),
  page: Type.Integer(),
  pageSize: Type.Integer(),
  nextCursor: Nullable(Type.String()),
  /** Over the whole queue, whatever the filter. */
  counts: Type.Object({
    all: Type.Integer(),
    unclaimed: Type.Integer(),
    claimed: Type.Integer(),
    mine: Type.Integer(),
    normal: Type.Integer(),
    near: Type.Integer(),
    overdue: Type.Integer(),
    resubmitted: Type.Integer(),
    doneToday: Type.Integer(),
  }),
  averageWaitingMs: Type.Integer(),
  settings: Type.Object({
    slaLimitMs: Type.Integer(),
    leaseSeconds: Type.Integer(),
    fourEyes: Type.Boolean(),
  }),
  /** The database's clock at this answer, for waiting times that go on counting. */
  now: Timestamp,
  /** Head of stream `customers` in the same snapshot. */
  head: StreamHeadBody,
});
export type QueueBody = Static<typeof QueueAnswer>;

/** The file that is now the caller's. `queue-empty` when nobody's file is left. */
export const NextAnswer = Type.Object({ customerId: Id, customer: CustomerSchema });
export type NextBody = Static<typeof NextAnswer>;

export const DoneTodayQuery = Type.Object(
  {
    mine: Type.Optional(Type.Boolean()),
    pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 300 })),
  },
  { additionalProperties: false },
);
export type DoneTodayFilter = Static<typeof DoneTodayQuery>;
/** Each file with its last decision of today, the latest first. */
export const DoneTodayAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      customer: CustomerSchema,
      decision: Type.Union([Type.Literal('approved'), Type.Literal('rejected'), Type.Literal('returned')]),
      decidedBy: PersonRef,
      decidedAt: Timestamp,
    }),
  ),
  total: Type.Integer(),
  nextCursor: Nullable(Type.String()),
});
export type DoneTodayBody = Static<typeof DoneTodayAnswer>;

/** The files that are with the auditors, the next of them, and what became of today's. */
export const queueEndpoints = {
  readQueue: {
    method: 'GET',
    path: '/api/review-queue',
    access: 'reviews.decide',
    query: QueueQuery,
    answer: [200, QueueAnswer],
  },
  claimNext: {
    method: 'POST',
    path: '/api/review-queue/next',
    access: 'reviews.decide',
    answer: [200, NextAnswer],
    once: true,
    problems: ['queue-empty'],
  },
  heartbeatAll: {
    method: 'POST',
    path: '/api/review-queue/heartbeat',
    access: 'reviews.decide',
    answer: [200, HeartbeatAllAnswer],
  },
  readDoneToday: {
    method: 'GET',
    path: '/api/review-queue/done-today',
    access: 'reviews.decide',
    query: DoneTodayQuery,
    answer: [200, DoneTodayAnswer],
  },
} as const satisfies Endpoints;
