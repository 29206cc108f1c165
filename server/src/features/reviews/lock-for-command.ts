import { type Lease, readLease } from '@qijian/core/claims.ts';
import type { Tx } from '@qijian/db/client.ts';
import { type CustomerRow, lockCustomer, readCustomer } from '@qijian/db/queries/customer-row.ts';
import type { ProblemCode } from '@qijian/domain/contract/problems.ts';
import { type CustomerCommand, mayCommand } from '@qijian/domain/rules/customer-states.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';
import type { Principal } from '../../identity/principal.ts';

/** What an installation has set for reviewing. */
export interface ReviewRules {
  leaseSeconds: number;
  fourEyes: boolean;
}

/** A customer under lock, and who has it at this moment. */
export interface LockedCustomer {
  row: CustomerRow;
  lease: Lease;
}

/** Locks the customer for a command; refuses an unknown one, a stale version and a state that does not allow it. */
export async function lockForCommand(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version?: number },
  command: CustomerCommand,
): Promise<LockedCustomer> {
  const locked = await lock(tx, id);
  const { row } = locked;
  const decides = command === 'approve' || command === 'reject' || command === 'return';
  if (decides) await requireNotLost(tx, principal, locked);
  await requireVersion(tx, row, input);
  if (!mayCommand(command, row.status, principal.role)) throw await refuse(tx, id, 'state-conflict');
  if (decides) await requireFree(tx, principal, locked);
  return locked;
}

/** Refuses what was said of an earlier version of the file, where a version is given. */
export async function requireVersion(tx: Tx, row: CustomerRow, input: { version?: number }): Promise<void> {
  if (input.version !== undefined && input.version !== row.version) {
    throw await refuse(tx, row.id, 'version-conflict');
  }
}

/** Locks a customer and reads who has it. */
export async function lock(tx: Tx, id: string): Promise<LockedCustomer> {
  const row = await lockCustomer(tx, id);
  if (!row) throw new Problem('not-found');
  return { row, lease: await readLease(tx, row) };
}

/** Refuses whoever had a claim and lost it: what they saw may have been judged by somebody else since. */
export async function requireNotLost(
  tx: Tx,
  principal: Principal,
  { row, lease }: LockedCustomer,
): Promise<void> {
  if (row.status !== 'reviewing' || lease.holder?.id === principal.userId) return;
  if (lease.last?.id === principal.userId || row.claimLostBy.includes(principal.userId)) {
    throw await refuse(tx, row.id, 'claim-lost');
  }
}

/** Refuses while somebody else has the customer. */
export async function requireFree(
  tx: Tx,
  principal: Principal,
  { row, lease }: LockedCustomer,
): Promise<void> {
  if (lease.holder && lease.holder.id !== principal.userId) throw await refuse(tx, row.id, 'already-claimed');
}

/** A conflict, with the customer as it is now. */
export async function refuse(tx: Tx, id: string, type: ProblemCode): Promise<Problem> {
  return new Problem(type, { current: await readCustomer(tx, id) });
}

/** A reason that has been given. */
export function needReason(reason: string | undefined): string {
  const text = reason?.trim();
  if (!text) throw fieldProblem('reason', 'is required');
  return text;
}

/** No claim, and nobody who lost one or has approved first. */
export const UNTOUCHED = {
  claimedBy: null,
  claimedAt: null,
  claimUntil: null,
  claimLostBy: [],
  firstApprovedBy: null,
  firstApprovedAt: null,
};

/** The waiting time stands still from now on. */
export function waited({ row, lease }: LockedCustomer): { waitedMs: number; waitingSince: null } {
  const since = row.waitingSince ?? row.submittedAt ?? lease.now;
  return { waitedMs: Math.max(0, lease.now.getTime() - since.getTime()), waitingSince: null };
}
