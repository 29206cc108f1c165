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

/** The facts as a column beside a row of `customers`; null unless the customer is with the auditors. */
export const reviewFacts = sql<ReviewFacts | null>`case when customers.status = 'reviewing' then (
  select json_build_object(
    'submitter', (select display_name from users where id = customers.submitted_by),
    'firstApprover', (select display_name from users where id = customers.first_approved_by),
    'judged', count(*) filter (where d.verdict <> 'pending'), 'total', count(*))
  from documents d where d.customer_id = customers.id and d.deleted_at is null) end`;

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
