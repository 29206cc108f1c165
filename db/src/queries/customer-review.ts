import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { sql } from 'drizzle-orm';
import type { customers } from '../schema/customers.ts';

/** What is read besides the row of a customer who is with the auditors. */
export interface ReviewFacts {
  submitter: string | null;
  firstApprover: string | null;
  judged: number;
  total: number;
}

/**
 * The facts as JSON beside a row of `customers` under this alias; null unless the customer is with the auditors. What is
 * judged is a type with its documents, as the desk shows them: those returned before the present submission do not count.
 */
export const reviewFactsOf = (alias: 'customers' | 'c') => `case when ${alias}.status = 'reviewing' then (
  select json_build_object(
    'submitter', (select display_name from users where id = ${alias}.submitted_by),
    'firstApprover', (select display_name from users where id = ${alias}.first_approved_by),
    'judged', count(*) filter (where piece.judged), 'total', count(*))
  from (
    select bool_and(d.verdict <> 'pending') as judged from documents d
    where d.customer_id = ${alias}.id and d.deleted_at is null
      and not (d.verdict = 'rejected' and coalesce(d.reviewed_at < ${alias}.submitted_at, false))
    group by d.type) piece) end`;

/** The same as a column of drizzle. */
export const reviewFacts = sql<ReviewFacts | null>`${sql.raw(reviewFactsOf('customers'))}`;

/** How a file stands that is with the auditors; the times are there from its submission on. */
export function reviewOf(
  row: Pick<
    typeof customers.$inferSelect,
    | 'submittedBy'
    | 'submittedAt'
    | 'waitingSince'
    | 'updatedAt'
    | 'submissions'
    | 'supplements'
    | 'claimUntil'
    | 'firstApprovedBy'
    | 'firstApprovedAt'
  >,
  facts: ReviewFacts,
): Customer['review'] {
  const submittedAt = row.submittedAt ?? row.updatedAt;
  const firstApprover = person(row.firstApprovedBy, facts.firstApprover);
  return {
    submittedBy: person(row.submittedBy, facts.submitter),
    submittedAt: submittedAt.toISOString(),
    waitingSince: (row.waitingSince ?? submittedAt).toISOString(),
    submissions: row.submissions,
    supplements: row.supplements,
    claimUntil: row.claimUntil?.toISOString() ?? null,
    judged: facts.judged,
    total: facts.total,
    firstApproval:
      firstApprover && row.firstApprovedAt
        ? { by: firstApprover, at: row.firstApprovedAt.toISOString() }
        : null,
  };
}

/** A reference to somebody, as the outside sees it. */
export const person = (id: string | null, displayName: string | null) =>
  id ? { id, displayName: displayName ?? '' } : null;
