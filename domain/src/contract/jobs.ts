import { type Static, Type } from 'typebox';

const Id = Type.String({ format: 'uuid' });

/**
 * Every background job: queue, attempts, back-off (milliseconds, exponential) and data (ids only). `slow` is the queue of
 * those that take long, which never have every decoder.
 */
export const JOBS = {
  'document.make-preview': {
    queue: 'documents',
    slow: 'documents-slow',
    attempts: 3,
    backoff: 2_000,
    data: Type.Object({ documentId: Id }, { additionalProperties: false }),
  },
  /** Picture and words of one page of a PDF, or one of the `strips` of a page, when somebody first looks at it. */
  'document.render-page': {
    queue: 'documents',
    slow: 'documents-slow',
    attempts: 3,
    backoff: 1_000,
    data: Type.Object(
      {
        documentId: Id,
        page: Type.Integer({ minimum: 1, maximum: 500 }),
        strip: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        strips: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
      },
      { additionalProperties: false },
    ),
  },
  'catalog.recalculate-all': {
    queue: 'catalog',
    attempts: 8,
    backoff: 1_000,
    data: Type.Object({ recalculationId: Id }, { additionalProperties: false }),
  },
} as const;

/** Where a job waits: with those that are soon done, or with those that take long. */
export type Lane = 'quick' | 'slow';

/** Every queue, with its lane. */
export const QUEUES: ReadonlyMap<string, Lane> = new Map(
  Object.values(JOBS).flatMap((job) => [
    [job.queue, 'quick' as const],
    ...('slow' in job ? [[job.slow, 'slow' as const] as const] : []),
  ]),
);

export type JobName = keyof typeof JOBS;
export type JobData<N extends JobName> = Static<(typeof JOBS)[N]['data']>;

/** Redis pub/sub channel of the wake hint: a JSON array of stream names that have new events. */
export const WAKE_CHANNEL = 'qijian:wake';
/** Prefix of all BullMQ keys. */
export const QUEUE_PREFIX = 'qijian';
