import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { DOINGS, type LiveEvent } from '../live-events.ts';
import { Id, IdParams, Nullable, StreamHeadBody } from './common.ts';
import { CompletenessAnswer } from './completeness.ts';
import { CustomerSchema } from './customers.ts';
import { DocumentSchema } from './documents.ts';

/** A number within a stream. */
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** An event as JSON; the body of each type is in `live-events.ts`. */
export const EventSchema = Type.Unsafe<LiveEvent>(
  Type.Object(
    {
      stream: Type.String(),
      seq: Type.Integer(),
      id: Type.String(),
      entity: Type.Object({ type: Type.String(), id: Type.String() }),
      version: Type.Integer(),
      type: Type.String(),
      at: Type.String(),
      actor: Type.Object({
        kind: Type.String(),
        id: Nullable(Type.String()),
        name: Type.String(),
        username: Type.Optional(Type.String()),
      }),
      data: Type.Any(),
    },
    { title: 'Event' },
  ),
);

export const StreamEventsQuery = Type.Object(
  {
    after: Type.Optional(Seq),
    epoch: Type.Optional(Type.String({ maxLength: 60 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  { additionalProperties: false },
);
export const StreamParams = Type.Object(
  { stream: Type.String({ maxLength: 80 }) },
  { additionalProperties: false },
);
/** Events in order; `head` is the last number of the stream, `epoch` the log's life. */
export const StreamEventsAnswer = Type.Object({
  events: Type.Array(EventSchema),
  head: Type.Integer(),
  epoch: Type.String(),
});

/** `before` pages backwards through the operation log, newest first; `after` forwards, oldest first. */
export const CustomerEventsQuery = Type.Object(
  {
    after: Type.Optional(Seq),
    before: Type.Optional(Seq),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    /** Comma-separated kinds of `event-kinds.ts`. */
    kinds: Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
);
export const CustomerEventsAnswer = Type.Object({ events: Type.Array(EventSchema), head: Type.Integer() });

/** What happened to all customers, newest first; `before` pages backwards. */
export const ActivityQuery = Type.Object(
  {
    before: Type.Optional(Type.Integer({ minimum: 1 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    /** Comma-separated kinds of `event-kinds.ts`; without it all but that a preview is ready. */
    kinds: Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
);
/** `next` is the `before` of the following page; null where the log ends. A page may hold few events, or none. */
export const ActivityAnswer = Type.Object({
  events: Type.Array(EventSchema),
  head: StreamHeadBody,
  next: Nullable(Type.Integer()),
});
export type ActivityPage = Static<typeof ActivityAnswer>;

/** Everything a workspace shows, read in one snapshot together with the heads of its stream and of the catalog's. */
export const WorkspaceAnswer = Type.Object(
  {
    customer: CustomerSchema,
    documents: Type.Array(DocumentSchema),
    completeness: CompletenessAnswer,
    /** The newest events, newest first. */
    events: Type.Array(EventSchema),
    head: StreamHeadBody,
    /** Where the catalog stood, by which completeness was worked out. */
    catalogHead: StreamHeadBody,
  },
  { title: 'Workspace' },
);
export type Workspace = Static<typeof WorkspaceAnswer>;

/** WS `/api/feed`: without `after` it begins at the head; the stream is `customers` unless named. */
export const FeedQuery = Type.Object(
  {
    stream: Type.Optional(Type.String({ maxLength: 80 })),
    after: Type.Optional(Seq),
    epoch: Type.Optional(Type.String({ maxLength: 60 })),
  },
  { additionalProperties: false },
);

/** Socket.IO `subscribe`. */
export const SubscribeBody = Type.Object(
  {
    stream: Type.String({ minLength: 1, maxLength: 80 }),
    after: Type.Optional(Seq),
    epoch: Type.Optional(Type.String({ maxLength: 60 })),
  },
  { additionalProperties: false },
);
/** Socket.IO `unsubscribe`. */
export const UnsubscribeBody = Type.Object(
  { stream: Type.String({ minLength: 1, maxLength: 80 }) },
  { additionalProperties: false },
);
const DoingKind = Type.Enum([...DOINGS]);
/** Socket.IO `presence`; a bare kind stands for the same without a target, null for having gone. */
export const PresenceBody = Type.Object(
  {
    customerId: Id,
    doing: Type.Union([
      Type.Object(
        { kind: DoingKind, target: Nullable(Type.String({ maxLength: 60 })) },
        { additionalProperties: false },
      ),
      DoingKind,
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
);

/** What happened, as events: of a stream, of a customer, of all; and the snapshot from which a workspace follows them. */
export const streamEndpoints = {
  readStream: {
    method: 'GET',
    path: '/api/streams/:stream/events',
    access: 'signed-in',
    params: StreamParams,
    query: StreamEventsQuery,
    answer: [200, StreamEventsAnswer],
    problems: ['stream-gone'],
  },
  openFeed: {
    method: 'GET',
    path: '/api/feed',
    access: 'signed-in',
    query: FeedQuery,
    answer: [101, null],
    raw: true,
    problems: ['foreign-origin', 'not-found', 'stream-gone', 'too-many-requests'],
  },
  readCustomerEvents: {
    method: 'GET',
    path: '/api/customers/:id/events',
    access: 'customers.read',
    params: IdParams,
    query: CustomerEventsQuery,
    answer: [200, CustomerEventsAnswer],
  },
  readActivity: {
    method: 'GET',
    path: '/api/activity',
    access: 'customers.read',
    query: ActivityQuery,
    answer: [200, ActivityAnswer],
  },
  readWorkspace: {
    method: 'GET',
    path: '/api/customers/:id/workspace',
    access: 'customers.read',
    params: IdParams,
    answer: [200, WorkspaceAnswer],
  },
} as const satisfies Endpoints;
