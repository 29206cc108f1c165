import { changeCustomer } from '@qijian/core/change-customer.ts';
import { extendLease } from '@qijian/core/claims.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import type { CustomerRow } from '@qijian/db/queries/customer-row.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { type DocumentRow, readDocument } from '@qijian/db/queries/documents.ts';
import { lockDocument, restoreVerdict, setVerdict, storedVerdict } from '@qijian/db/queries/reviews.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { VerdictBodyAnswer, VerdictInput } from '@qijian/domain/contract/api/reviews.ts';
import type { ReasonCode } from '@qijian/domain/rules/review-reasons.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { type LockedCustomer, lock, type ReviewRules } from './lock-for-command.ts';

/**
 * A verdict on one document, for the version that was looked at. The staff side sees it at once; the customer with the
 * decision, until which whoever gave it may take it back.
 */
export async function reviewDocument(
  tx: Tx,
  principal: Principal,
  documentId: string,
  input: VerdictInput,
  rules: Pick<ReviewRules, 'leaseSeconds'>,
): Promise<Document> {
  const { row, locked } = await lockForVerdict(tx, principal, documentId, input.version, rules);
  if (row.uploadedBy === principal.userId) throw new Problem('own-upload');
  if (input.verdict === 'accepted' && row.state !== 'ready') {
    const type = row.state === 'failed' ? 'document-failed' : 'being-checked';
    throw new Problem(type, { current: await current(tx, documentId) });
  }
  const reasonCodes = reasonsOf(input);
  if (input.verdict === 'rejected' && reasonCodes.length === 0) {
    throw fieldProblem('reasonCode', 'is required');
  }
  const by = { reviewer: principal.userId, at: locked.lease.now, decidedAt: locked.row.decidedAt };
  const document = await setVerdict(tx, row, by, { ...input, reasonCodes });
  await changeCustomer(tx, {
    customerId: row.customerId,
    actor: actorOf(principal),
    type: 'document.reviewed',
    entity: { type: 'document', id: documentId },
    data: { document },
    audit: { verdict: input.verdict, reasonCodes },
  });
  return document;
}

/** Takes one's own last verdict back, before the decision. */
export async function undoVerdict(
  tx: Tx,
  principal: Principal,
  documentId: string,
  input: { version: number },
  rules: Pick<ReviewRules, 'leaseSeconds'>,
): Promise<Document> {
  const { row, locked } = await lockForVerdict(tx, principal, documentId, input.version, rules);
  const previous = row.previousReview;
  if (!previous || !isUndoable(principal, row, locked.row)) {
    throw new Problem('state-conflict', {
      detail: 'There is no verdict of yours to take back',
      current: await current(tx, documentId),
    });
  }
  const document = await restoreVerdict(tx, documentId, previous);
  await changeCustomer(tx, {
    customerId: row.customerId,
    actor: actorOf(principal),
    type: 'document.review-undone',
    entity: { type: 'document', id: documentId },
    data: { document },
    audit: { verdict: previous.verdict },
  });
  return document;
}

/** The verdict on a document with what only auditors read. */
export async function verdictOf(
  db: Db,
  principal: Principal,
  documentId: string,
): Promise<VerdictBodyAnswer> {
  const found = await readDocument(db, documentId);
  const customer = found && (await readCustomer(db, found.row.customerId));
  if (!found || !customer) throw new Problem('not-found');
  const { row, document } = found;
  const { reviewedBy: _, ...review } = storedVerdict(row);
  const submittedAt = customer.review ? new Date(customer.review.submittedAt) : null;
  return {
    documentId,
    version: row.version,
    ...review,
    reviewedBy: document.reviewedBy ?? null,
    mayUndo: isUndoable(principal, row, { status: customer.status, submittedAt }),
  };
}

/** The document under lock, at this version, of a customer whom the caller may judge now; a claim goes on with it. */
async function lockForVerdict(
  tx: Tx,
  principal: Principal,
  documentId: string,
  version: number,
  { leaseSeconds }: Pick<ReviewRules, 'leaseSeconds'>,
): Promise<{ row: DocumentRow; locked: LockedCustomer }> {
  const known = await readDocument(tx, documentId);
  if (!known) throw new Problem('not-found');
  const locked = await lock(tx, known.row.customerId);
  const row = await lockDocument(tx, documentId);
  if (!row) throw new Problem('not-found');
  const refuse = async (type: 'claim-lost' | 'version-conflict' | 'state-conflict' | 'already-claimed') =>
    new Problem(type, { current: await current(tx, documentId) });
  const { holder, last } = locked.lease;
  const isMine = holder?.id === principal.userId;
  const wasMine = last?.id === principal.userId || locked.row.claimLostBy.includes(principal.userId);
  if (locked.row.status === 'reviewing' && !isMine && wasMine) throw await refuse('claim-lost');
  if (row.version !== version) throw await refuse('version-conflict');
  if (locked.row.status !== 'reviewing') throw await refuse('state-conflict');
  if (holder && !isMine) throw await refuse('already-claimed');
  if (isMine) await extendLease(tx, locked.row.id, principal.userId, leaseSeconds);
  return { row, locked };
}

async function current(tx: Tx, documentId: string): Promise<Document | null> {
  return (await readDocument(tx, documentId))?.document ?? null;
}

function isUndoable(
  principal: Principal,
  row: DocumentRow,
  customer: Pick<CustomerRow, 'status' | 'submittedAt'>,
): boolean {
  return (
    customer.status === 'reviewing' &&
    row.previousReview !== null &&
    row.reviewedBy === principal.userId &&
    row.reviewedAt !== null &&
    (customer.submittedAt === null || row.reviewedAt >= customer.submittedAt)
  );
}

function reasonsOf(input: VerdictInput): ReasonCode[] {
  const codes = input.reasonCodes ?? (input.reasonCode ? [input.reasonCode] : []);
  return [...codes] as ReasonCode[];
}
