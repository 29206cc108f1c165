import type { Tx } from '@qijian/db/client.ts';
import { calculateCompleteness, completenessColumns } from '@qijian/db/queries/completeness.ts';
import {
  type CustomerRow,
  changeCustomer,
  lockCustomer,
  readCustomer,
} from '@qijian/db/queries/customer-changes.ts';
import { readDocument } from '@qijian/db/queries/documents.ts';
import { countUploadsBy, lockDocument, setVerdict } from '@qijian/db/queries/reviews.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { DecisionInput, VerdictInput } from '@qijian/domain/contract/api/reviews.ts';
import { type CustomerCommand, mayCommand } from '@qijian/domain/rules/customer-states.ts';
import { Problem } from '../../plugins/problem.ts';
import { actorOf, type Principal } from '../../plugins/session.ts';

/** Locks the customer for a command; refuses an unknown one, a stale version and a state that does not allow it. */
async function begin(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version: number },
  command: CustomerCommand | 'claim' | 'release',
): Promise<CustomerRow> {
  const row = await lockCustomer(tx, id);
  if (!row) throw new Problem('not-found');
  if (row.version !== input.version) throw await refuse(tx, id, 'version-conflict');
  const allowed =
    command === 'claim' || command === 'release'
      ? row.status === 'reviewing'
      : mayCommand(command, row.status, principal.role);
  if (!allowed) throw await refuse(tx, id, 'state-conflict');
  return row;
}

async function refuse(tx: Tx, id: string, type: 'version-conflict' | 'state-conflict' | 'already-claimed') {
  return new Problem(type, { current: await readCustomer(tx, id) });
}

function needReason(reason: string | undefined): string {
  const text = reason?.trim();
  if (!text) throw new Problem('validation-failed', { errors: [{ path: 'reason', message: 'is required' }] });
  return text;
}

/** Hands a complete file to the auditors; completeness is calculated again at this moment. */
export async function submit(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version: number },
): Promise<Customer> {
  const row = await lockCustomer(tx, id);
  if (!row) throw new Problem('not-found');
  if (row.version !== input.version) throw await refuse(tx, id, 'version-conflict');
  if (row.status !== 'complete' && row.status !== 'pending') throw await refuse(tx, id, 'state-conflict');
  const completeness = await calculateCompleteness(tx, row);
  if (completeness.missing.length > 0) {
    throw new Problem('not-complete', { missing: completeness.missing, current: await readCustomer(tx, id) });
  }
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.submitted',
    set: {
      ...completenessColumns(completeness),
      status: 'reviewing',
      submittedBy: principal.userId,
      submittedAt: new Date(),
      claimedBy: null,
      claimedAt: null,
    },
    data: {},
  });
}

/** Takes a file back while nobody has claimed it. */
export async function withdraw(tx: Tx, principal: Principal, id: string, input: { version: number }) {
  const row = await begin(tx, principal, id, input, 'withdraw');
  if (row.claimedBy !== null) throw await refuse(tx, id, 'already-claimed');
  const completeness = await calculateCompleteness(tx, row);
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.withdrawn',
    set: {
      ...completenessColumns(completeness),
      status: completeness.missing.length === 0 ? 'complete' : 'pending',
      submittedAt: null,
      submittedBy: null,
    },
    data: {},
  });
}

/** Takes a file for review; of many at once one wins. */
export async function claim(tx: Tx, principal: Principal, id: string, input: { version: number }) {
  const row = await begin(tx, principal, id, input, 'claim');
  if (row.claimedBy === principal.userId) return (await readCustomer(tx, id)) as Customer;
  if (row.claimedBy !== null) throw await refuse(tx, id, 'already-claimed');
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.claimed',
    set: { claimedBy: principal.userId, claimedAt: new Date() },
    data: {},
  });
}

/** Gives a claimed file back; an administrator may do so for others. */
export async function release(tx: Tx, principal: Principal, id: string, input: { version: number }) {
  const row = await begin(tx, principal, id, input, 'release');
  if (row.claimedBy === null) return (await readCustomer(tx, id)) as Customer;
  if (row.claimedBy !== principal.userId && principal.role !== 'admin') {
    throw await refuse(tx, id, 'already-claimed');
  }
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.released',
    set: { claimedBy: null, claimedAt: null },
    data: {},
  });
}

/** Opens a decided file again, with a reason. */
export async function reopen(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version: number; reason?: string },
): Promise<Customer> {
  const reason = needReason(input.reason);
  await begin(tx, principal, id, input, 'reopen');
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.reopened',
    set: { status: 'pending', claimedBy: null, claimedAt: null },
    stale: true,
    data: { reason },
    audit: { reason },
  });
}

/** Approves, rejects or returns a file; who uploaded a part of it does not decide on it. */
export async function decide(
  tx: Tx,
  principal: Principal,
  id: string,
  input: DecisionInput,
): Promise<Customer> {
  const reason = input.decision === 'approve' ? input.reason?.trim() || null : needReason(input.reason);
  const row = await begin(tx, principal, id, input, input.decision);
  if (row.claimedBy !== null && row.claimedBy !== principal.userId)
    throw await refuse(tx, id, 'already-claimed');
  if ((await countUploadsBy(tx, id, principal.userId)) > 0) {
    throw new Problem('not-allowed', { detail: 'Nobody decides on a file they uploaded to' });
  }
  const actor = actorOf(principal);
  const free = { claimedBy: null, claimedAt: null };
  if (input.decision === 'approve') {
    const completeness = await calculateCompleteness(tx, row);
    if (completeness.missing.length > 0) throw new Problem('not-complete', { missing: completeness.missing });
    return changeCustomer(tx, {
      customerId: id,
      actor,
      type: 'customer.approved',
      set: { ...free, status: 'approved' },
      data: { reason },
    });
  }
  const text = reason as string;
  if (input.decision === 'reject') {
    return changeCustomer(tx, {
      customerId: id,
      actor,
      type: 'customer.rejected',
      set: { ...free, status: 'rejected' },
      data: { reason: text },
      audit: { reason: text },
    });
  }
  const requestedTypes = [...new Set(input.requestedTypes ?? [])];
  const known = new Set(row.completeness.items.map((item) => item.type));
  for (const [index, type] of requestedTypes.entries()) {
    if (!known.has(type)) {
      throw new Problem('validation-failed', {
        errors: [{ path: `requestedTypes.${index}`, message: 'is not a document type' }],
      });
    }
  }
  const kept = row.requestedTypes.filter((requested) => !requestedTypes.includes(requested.type));
  const requested = [...kept, ...requestedTypes.map((type) => ({ type, reason: text }))];
  const completeness = await calculateCompleteness(tx, { ...row, requestedTypes: requested });
  return changeCustomer(tx, {
    customerId: id,
    actor,
    type: 'customer.returned',
    set: {
      ...free,
      ...completenessColumns(completeness),
      status: 'pending',
      requestedTypes: requested,
      waivedTypes: row.waivedTypes.filter((type) => !requestedTypes.includes(type)),
      completenessStale: true,
    },
    data: { reason: text, requestedTypes },
    audit: { reason: text, requestedTypes },
  });
}

/** A verdict on one document, for the version that was looked at. */
export async function reviewDocument(
  tx: Tx,
  principal: Principal,
  documentId: string,
  input: VerdictInput,
): Promise<Document> {
  const known = await readDocument(tx, documentId);
  if (!known) throw new Problem('not-found');
  const customer = await lockCustomer(tx, known.row.customerId);
  const row = customer && (await lockDocument(tx, documentId));
  if (!customer || !row) throw new Problem('not-found');
  const current = async () => (await readDocument(tx, documentId))?.document ?? null;
  if (row.version !== input.version) throw new Problem('version-conflict', { current: await current() });
  if (customer.status !== 'reviewing') throw new Problem('state-conflict', { current: await current() });
  if (customer.claimedBy !== null && customer.claimedBy !== principal.userId) {
    throw new Problem('already-claimed', { current: await current() });
  }
  if (row.uploadedBy === principal.userId) {
    throw new Problem('not-allowed', { detail: 'Nobody reviews what they uploaded themselves' });
  }
  if (input.verdict === 'rejected' && !input.reasonCode) {
    throw new Problem('validation-failed', { errors: [{ path: 'reasonCode', message: 'is required' }] });
  }
  const document = await setVerdict(tx, documentId, principal.userId, input);
  await changeCustomer(tx, {
    customerId: customer.id,
    actor: actorOf(principal),
    type: 'document.reviewed',
    entity: { type: 'document', id: documentId },
    stale: true,
    data: { document },
    audit: { verdict: input.verdict, reasonCode: input.reasonCode ?? null },
  });
  return document;
}
