import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { clockNow } from '#lib/clock.svelte.ts';
import { actorName, eventWords } from '#lib/event-words.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { clock } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Decided } from './decision.svelte.ts';
import type { Desk } from './desk.svelte.ts';

const LEAVES_REVIEW = [
  'customer.approved',
  'customer.rejected',
  'customer.returned',
  'customer.withdrawn',
  'customer.deleted',
];

/** What stands in the way of approving the file, piece by piece. */
export function openWords(desk: Desk, typeName: (type: string) => string): string {
  const words = {
    missing: m.desk_open_missing,
    received: m.desk_open_pending,
    returned: m.desk_open_returned,
    accepted: m.desk_open_pending,
  };
  const returned = desk.items.filter(({ state, required }) => state === 'returned' && !required);
  const list = [...desk.unapproved, ...returned].map(({ type, state }) =>
    words[state]({ name: typeName(type) }),
  );
  return m.desk_open_list({ list: list.join(m.list_comma()) });
}

/** Who has approved a file that needs two; that another has to decide where it was oneself. */
export function firstApprovalWords(
  approval: NonNullable<NonNullable<Customer['review']>['firstApproval']>,
  isOwn: boolean,
): string {
  if (isOwn) return m.problem_second_auditor_needed();
  return m.desk_first_approved({ name: approval.by.displayName, time: clock(approval.at, clockNow()) });
}

/** What one's own decision made of the file. */
export function decidedWords(decided: Decided, name: string): string {
  if (decided === 'approved') return m.desk_done_approved({ name });
  if (decided === 'first-approved') return m.desk_done_first({ name });
  return decided === 'rejected' ? m.desk_done_rejected({ name }) : m.desk_done_returned({ name });
}

/** Who or what else took the file away from the auditors. */
export function endedWords(
  workspace: WorkspaceState,
  ownId: string,
  typeName: (type: string) => string,
): string {
  const last = workspace.events.find(({ type }) => LEAVES_REVIEW.includes(type));
  return last
    ? `${actorName(last, ownId)} ${eventWords(last, typeName)}`
    : m.desk_not_in_review({ name: workspace.customer.name });
}

/** Why a decision is not taken back. */
export function finalWords(decided: Decided): string {
  if (decided === 'returned') return m.desk_decided_returned();
  return decided === 'first-approved' ? m.desk_decided_first() : m.desk_decided_final();
}
