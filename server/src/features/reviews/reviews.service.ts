import { changeCustomer } from '@qijian/core/change-customer.ts';
import { calculateCompleteness } from '@qijian/core/completeness.ts';
import type { Tx } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { countAddedSince } from '@qijian/db/queries/reviews.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { mayCommand, stateForCompleteness } from '@qijian/domain/rules/customer-states.ts';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import {
  lock,
  lockForCommand,
  needReason,
  refuse,
  requireVersion,
  UNTOUCHED,
  waited,
} from './lock-for-command.ts';

/** Hands a complete file to the auditors; a document may have expired in this moment. */
export async function submit(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version?: number },
): Promise<Customer> {
  const { row, lease } = await lock(tx, id);
  await requireVersion(tx, row, input);
  const completeness = await calculateCompleteness(tx, row);
  const status = stateForCompleteness(row.status, completeness);
  if (!mayCommand('submit', status, principal.role)) {
    if (status !== 'pending') throw await refuse(tx, id, 'state-conflict');
    const { missing, checking } = completeness;
    const current = await readCustomer(tx, id);
    if (missing.length > 0) throw new Problem('not-complete', { missing, current });
    throw new Problem('being-checked', { missing: checking, current });
  }
  const returnedAt = row.submissions > 0 && row.decision === 'returned' ? row.decidedAt : null;
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.submitted',
    set: {
      ...UNTOUCHED,
      status: 'reviewing',
      submittedBy: principal.userId,
      submittedAt: lease.now,
      waitingSince: new Date(lease.now.getTime() - row.waitedMs),
      submissions: row.submissions + 1,
      supplements: returnedAt ? await countAddedSince(tx, id, returnedAt) : 0,
    },
    data: {},
  });
}

/** Takes a file back while nobody has claimed it; the auditors have not seen this submission. */
export async function withdraw(tx: Tx, principal: Principal, id: string, input: { version?: number }) {
  const locked = await lockForCommand(tx, principal, id, input, 'withdraw');
  const { row, lease } = locked;
  if (lease.holder) throw await refuse(tx, id, 'already-claimed');
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.withdrawn',
    set: {
      ...UNTOUCHED,
      ...waited(locked),
      status: 'pending',
      submittedAt: null,
      submittedBy: null,
      submissions: Math.max(0, row.submissions - 1),
    },
    data: {},
  });
}

/** Opens a decided file again, with a reason; its waiting time begins anew. */
export async function reopen(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version?: number; reason?: string },
): Promise<Customer> {
  const reason = needReason(input.reason);
  await lockForCommand(tx, principal, id, input, 'reopen');
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.reopened',
    set: { ...UNTOUCHED, status: 'pending', waitedMs: 0 },
    data: { reason },
    audit: { reason },
  });
}
