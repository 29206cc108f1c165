import { changeCustomer } from '@qijian/core/change-customer.ts';
import { extendLease, extendLeases, lostBy } from '@qijian/core/claims.ts';
import { notify } from '@qijian/core/notify.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { lockNext } from '@qijian/db/queries/review-queue.ts';
import { readUser } from '@qijian/db/queries/users.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { type LockedCustomer, lock, type ReviewRules, refuse, requireVersion } from './lock-for-command.ts';

type Rules = Pick<ReviewRules, 'leaseSeconds'>;

/** Takes a file for review; of many at once one wins. A claim that has run out is free for everybody. */
export async function claim(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version?: number },
  rules: Rules,
): Promise<Customer> {
  const locked = await lock(tx, id);
  await requireVersion(tx, locked.row, input);
  if (locked.row.status !== 'reviewing') throw await refuse(tx, id, 'state-conflict');
  const { holder } = locked.lease;
  if (holder?.id === principal.userId) {
    await extendLease(tx, id, principal.userId, rules.leaseSeconds);
    return (await readCustomer(tx, id)) as Customer;
  }
  if (holder) throw await refuse(tx, id, 'already-claimed');
  return giveTo(tx, principal, locked, { id: principal.userId, how: 'claimed' }, rules);
}

/** Takes the longest waiting file that nobody has; each of many at once gets another. */
export async function claimNext(tx: Tx, principal: Principal, rules: Rules): Promise<Customer> {
  const id = await lockNext(tx, principal.userId);
  if (!id) throw new Problem('queue-empty');
  return giveTo(tx, principal, await lock(tx, id), { id: principal.userId, how: 'claimed' }, rules);
}

/** A sign of life: the claim goes on. */
export async function heartbeat(
  db: Db,
  principal: Principal,
  id: string,
  rules: Rules,
): Promise<{ until: string; leaseSeconds: number }> {
  const until = await extendLease(db, id, principal.userId, rules.leaseSeconds);
  if (until) return { until: until.toISOString(), leaseSeconds: rules.leaseSeconds };
  const current = await readCustomer(db, id);
  throw current ? new Problem('claim-lost', { current }) : new Problem('not-found');
}

/** A sign of life for all of one's claims, from whoever has the queue open. */
export async function heartbeatAll(
  db: Db,
  principal: Principal,
  rules: Rules,
): Promise<{ claims: number; leaseSeconds: number }> {
  const { leaseSeconds } = rules;
  return { claims: await extendLeases(db, principal.userId, leaseSeconds), leaseSeconds };
}

/** Gives a claimed file back; an administrator may do so for others. */
export async function release(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version?: number },
): Promise<Customer> {
  const { row, lease } = await lock(tx, id);
  await requireVersion(tx, row, input);
  if (row.status !== 'reviewing') throw await refuse(tx, id, 'state-conflict');
  if (lease.last === null) return (await readCustomer(tx, id)) as Customer;
  const isOwn = lease.last.id === principal.userId;
  if (!isOwn && !may(principal.role, 'reviews.take-over')) throw await refuse(tx, id, 'already-claimed');
  const actor = actorOf(principal);
  const customer = await changeCustomer(tx, {
    customerId: id,
    actor,
    type: 'customer.released',
    set: {
      claimedBy: null,
      claimedAt: null,
      claimUntil: null,
      claimLostBy: lostBy(row, isOwn ? null : lease.last.id),
    },
    data: { reason: 'released', from: lease.last },
  });
  if (!isOwn && lease.holder)
    await notify(tx, [{ kind: 'claimed-away', customerId: id, actor, to: [lease.holder.id] }]);
  return customer;
}

/** Asks whoever has the file to hand it over. */
export async function requestClaim(
  tx: Tx,
  principal: Principal,
  id: string,
): Promise<{ holder: { id: string; displayName: string } }> {
  const { row, lease } = await lock(tx, id);
  const { holder } = lease;
  if (row.status !== 'reviewing' || !holder || holder.id === principal.userId) {
    throw await refuse(tx, id, 'state-conflict');
  }
  const actor = actorOf(principal);
  await appendAudit(tx, [
    {
      actor,
      action: 'claim.requested',
      entityType: 'customer',
      entityId: id,
      customerId: id,
      detail: { holder: holder.id },
    },
  ]);
  await notify(tx, [{ kind: 'claim-requested', customerId: id, actor, to: [holder.id], once: true }]);
  return { holder };
}

/** Hands one's claim to a colleague, who has it from this moment on. */
export async function grantClaim(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { userId: string },
  rules: Rules,
): Promise<Customer> {
  const locked = await lock(tx, id);
  if (locked.row.status !== 'reviewing') throw await refuse(tx, id, 'state-conflict');
  if (locked.lease.holder?.id !== principal.userId) throw await refuse(tx, id, 'claim-lost');
  const colleague = await readUser(tx, input.userId);
  if (!colleague?.active || !may(colleague.role, 'reviews.decide')) {
    throw fieldProblem('userId', 'is not an active auditor');
  }
  if (colleague.id === principal.userId) return (await readCustomer(tx, id)) as Customer;
  return giveTo(tx, principal, locked, { id: colleague.id, how: 'granted' }, rules);
}

/** Takes a file, whoever has it; for administrators. */
export async function takeOver(tx: Tx, principal: Principal, id: string, rules: Rules): Promise<Customer> {
  const locked = await lock(tx, id);
  if (locked.row.status !== 'reviewing') throw await refuse(tx, id, 'state-conflict');
  const { holder } = locked.lease;
  if (holder?.id === principal.userId) return (await readCustomer(tx, id)) as Customer;
  const how = holder ? 'taken-over' : 'claimed';
  const customer = await giveTo(tx, principal, locked, { id: principal.userId, how }, rules);
  if (holder) {
    const actor = actorOf(principal);
    await notify(tx, [{ kind: 'claimed-away', customerId: id, actor, to: [holder.id] }]);
  }
  return customer;
}

async function giveTo(
  tx: Tx,
  principal: Principal,
  { row, lease }: LockedCustomer,
  to: { id: string; how: 'claimed' | 'granted' | 'taken-over' },
  rules: Rules,
): Promise<Customer> {
  const from = lease.last?.id === to.id ? null : lease.last;
  return changeCustomer(tx, {
    customerId: row.id,
    actor: actorOf(principal),
    type: 'customer.claimed',
    set: {
      claimedBy: to.id,
      claimedAt: lease.now,
      claimUntil: new Date(lease.now.getTime() + rules.leaseSeconds * 1000),
      claimLostBy: lostBy(row, from?.id ?? null, to.id),
    },
    data: { how: to.how, from },
    audit: { how: to.how, by: to.id, from: from?.id ?? null },
  });
}
