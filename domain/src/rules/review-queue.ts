export const SLA_LEVELS = ['normal', 'near', 'overdue'] as const;
export type SlaLevel = (typeof SLA_LEVELS)[number];

/** The part of the limit in which a file counts as near it. */
const NEAR = 0.25;

export interface Sla {
  limitMs: number;
  level: SlaLevel;
  /** Below zero once the limit has passed. */
  remainingMs: number;
}

/** How a waiting time stands to the service level's limit. */
export function slaOf(waitingMs: number, limitMs: number): Sla {
  const remainingMs = limitMs - waitingMs;
  const level = remainingMs <= 0 ? 'overdue' : remainingMs <= limitMs * NEAR ? 'near' : 'normal';
  return { limitMs, level, remainingMs };
}

/** Milliseconds a file must have waited to be near the limit. */
export function nearAfter(limitMs: number): number {
  return limitMs * (1 - NEAR);
}

interface Reviewed<Person> {
  claimedBy: Person | null;
  review: {
    submittedBy: Person | null;
    submittedAt: string;
    waitingSince: string;
    submissions: number;
    supplements: number;
    claimUntil: string | null;
    judged: number;
    total: number;
    firstApproval: { by: Person; at: string } | null;
  } | null;
}

/** One file of the queue. */
export interface QueueRow<Person, Customer> {
  customer: Customer;
  submittedBy: Person | null;
  submittedAt: string;
  /** How many times it was submitted, this one included. */
  submissions: number;
  resubmitted: boolean;
  /** Documents added since it was last returned. */
  supplements: number;
  /** Time with the auditors since the first submission, without the time it was back for supplement. */
  waitingMs: number;
  sla: Sla;
  claim: { by: Person; until: string | null; progress: { judged: number; total: number } } | null;
  firstApproval: { by: Person; at: string } | null;
}

/**
 * The row of a customer who is with the auditors, at `now` (milliseconds since the epoch); null for everybody else.
 * The server makes its answer with it, a screen what an event has changed.
 */
export function queueRow<Person, Customer extends Reviewed<Person>>(
  customer: Customer & Reviewed<Person>,
  now: number,
  limitMs: number,
): QueueRow<Person, Customer> | null {
  const { review, claimedBy } = customer;
  if (!review) return null;
  const waitingMs = Math.max(0, now - Date.parse(review.waitingSince));
  return {
    customer,
    submittedBy: review.submittedBy,
    submittedAt: review.submittedAt,
    submissions: review.submissions,
    resubmitted: review.submissions > 1,
    supplements: review.supplements,
    waitingMs,
    sla: slaOf(waitingMs, limitMs),
    claim: claimedBy && {
      by: claimedBy,
      until: review.claimUntil,
      progress: { judged: review.judged, total: review.total },
    },
    firstApproval: review.firstApproval,
  };
}
