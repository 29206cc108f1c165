import { changeCustomer } from '@qijian/core/change-customer.ts';
import { calculateCompleteness } from '@qijian/core/completeness.ts';
import type { Tx } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { countUploadsBy } from '@qijian/db/queries/reviews.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { DecisionInput } from '@qijian/domain/contract/api/reviews.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import {
  type LockedCustomer,
  lockForCommand,
  needReason,
  type ReviewRules,
  UNTOUCHED,
  waited,
} from './lock-for-command.ts';

/** Approves, rejects or returns a file; who uploaded a part of it does not decide on it. */
export async function decide(
  tx: Tx,
  principal: Principal,
  id: string,
  input: DecisionInput,
  rules: Pick<ReviewRules, 'fourEyes'>,
): Promise<Customer> {
  const reason = input.decision === 'approve' ? input.reason?.trim() || null : needReason(input.reason);
  const locked = await lockForCommand(tx, principal, id, input, input.decision);
  if ((await countUploadsBy(tx, id, principal.userId)) > 0) throw new Problem('own-upload');
  if (input.decision === 'approve') return approve(tx, principal, locked, reason, rules);
  if (input.decision === 'return') return sendBack(tx, principal, locked, input, reason as string);
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.rejected',
    set: { ...decided(principal, locked, 'rejected'), status: 'rejected' },
    data: { reason: reason as string },
    audit: { reason },
  });
}

/** Only when every required document is accepted; with four eyes, the second of two different auditors. */
async function approve(
  tx: Tx,
  principal: Principal,
  locked: LockedCustomer,
  reason: string | null,
  rules: Pick<ReviewRules, 'fourEyes'>,
): Promise<Customer> {
  const { row, lease } = locked;
  const current = () => readCustomer(tx, row.id);
  const completeness = await calculateCompleteness(tx, row);
  if (completeness.missing.length > 0) {
    throw new Problem('not-complete', { missing: completeness.missing, current: await current() });
  }
  const open = completeness.items.filter((item) => item.required && item.state !== 'accepted');
  if (open.length > 0) {
    const missing = open.map((item) => item.type);
    throw new Problem('not-all-accepted', { missing, current: await current() });
  }
  const actor = actorOf(principal);
  if (rules.fourEyes && row.firstApprovedBy === principal.userId) throw new Problem('second-auditor-needed');
  if (rules.fourEyes && row.firstApprovedBy === null) {
    return changeCustomer(tx, {
      customerId: row.id,
      actor,
      type: 'customer.first-approved',
      set: { ...UNTOUCHED, firstApprovedBy: principal.userId, firstApprovedAt: lease.now },
      data: { reason },
    });
  }
  return changeCustomer(tx, {
    customerId: row.id,
    actor,
    type: 'customer.approved',
    set: { ...decided(principal, locked, 'approved'), status: 'approved' },
    data: { reason },
    audit: row.firstApprovedBy ? { first: row.firstApprovedBy } : {},
  });
}

/** Returns a file for supplement: the rejected documents, and the types that are now required of this customer. */
async function sendBack(
  tx: Tx,
  principal: Principal,
  locked: LockedCustomer,
  input: DecisionInput,
  reason: string,
): Promise<Customer> {
  const { row } = locked;
  const requestedTypes = [...new Set(input.requestedTypes ?? [])];
  const typeReasons = input.typeReasons ?? {};
  // Not what the row holds: a type may have been removed, or gone out of use, since that was calculated.
  const before = await calculateCompleteness(tx, row);
  const known = new Set(before.items.map((item) => item.type));
  for (const [index, type] of requestedTypes.entries()) {
    if (!known.has(type)) throw fieldProblem(`requestedTypes.${index}`, 'is not a document type');
  }
  for (const type of Object.keys(typeReasons)) {
    if (!requestedTypes.includes(type)) throw fieldProblem(`typeReasons.${type}`, 'is not a requested type');
  }
  /** Whoever says what to tell of single types writes the rest for staff: it may be about other documents. */
  const told = (type: string) => (input.typeReasons ? (typeReasons[type]?.trim() ?? '') : reason);
  const at = locked.lease.now.toISOString();
  const returned = before.items.filter((item) => item.state === 'returned' && !item.required);
  const asked = new Map([
    // An optional document that is returned is asked for from now on.
    ...returned.map(({ type }) => [type, told(type)] as const),
    ...requestedTypes.map((type) => [type, told(type)] as const),
  ]);
  const requested = [
    ...row.requestedTypes.filter(({ type }) => !asked.has(type)),
    ...[...asked].map(([type, why]) => ({ type, reason: why, at })),
  ];
  const completeness = await calculateCompleteness(tx, { ...row, requestedTypes: requested });
  if (completeness.missing.length === 0) {
    throw fieldProblem('requestedTypes', 'is required where no document is returned');
  }
  return changeCustomer(tx, {
    customerId: row.id,
    actor: actorOf(principal),
    type: 'customer.returned',
    set: {
      ...decided(principal, locked, 'returned'),
      status: 'pending',
      requestedTypes: requested,
      excusedTypes: row.excusedTypes.filter(({ type }) => !completeness.missing.includes(type)),
      waivedTypes: row.waivedTypes.filter((type) => !asked.has(type)),
    },
    data: { reason, requestedTypes },
    audit: { reason, requestedTypes },
  });
}

/** Who decided when, and how long the file has waited; the claim and a first approval are over with it. */
function decided(
  principal: Principal,
  { row, lease }: LockedCustomer,
  decision: 'approved' | 'rejected' | 'returned',
) {
  return {
    ...UNTOUCHED,
    ...waited({ row, lease }),
    decision,
    decidedBy: principal.userId,
    decidedAt: lease.now,
  };
}
