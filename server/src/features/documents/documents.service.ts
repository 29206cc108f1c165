import type { Readable } from 'node:stream';
import { changeCustomer } from '@qijian/core/change-customer.ts';
import { FileMissing, type FileStorage } from '@qijian/core/files/file-storage.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import { type CustomerRow, lockCustomer, readCustomer } from '@qijian/db/queries/customer-row.ts';
import {
  type DocumentRow,
  isTypeTaken,
  listDocuments,
  readDocument,
  settleGroup,
  updateDocument,
} from '@qijian/db/queries/documents.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { EventType } from '@qijian/domain/contract/live-events.ts';
import { acceptsDocuments, mayTakeOut } from '@qijian/domain/rules/customer-states.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { unknownType } from './ingest.service.ts';
import { look } from './look.ts';

const RESTORE_WITHIN = 10 * 60_000;

/** The live documents of one customer. */
export async function listOfCustomer(db: Db, customerId: string): Promise<Document[]> {
  if (!(await readCustomer(db, customerId))) throw new Problem('not-found');
  return listDocuments(db, customerId);
}

export async function getDocument(db: Db, id: string): Promise<Document> {
  const found = await readDocument(db, id);
  if (!found) throw new Problem('not-found');
  return found.document;
}

/** Removes a document from the file; it can be restored for ten minutes by whoever removed it. */
export async function deleteDocument(tx: Tx, principal: Principal, id: string): Promise<Document> {
  const { row, customer } = await lockDocument(tx, id);
  requireOwn(principal, row);
  await requireTakeOut(tx, customer, row, { judgedToo: may(principal.role, 'documents.delete-any') });
  return change(tx, principal, row, 'document.deleted', {
    set: { deletedAt: new Date(), deletedBy: principal.userId },
  });
}

/** Takes a deletion back. */
export async function restoreDocument(tx: Tx, principal: Principal, id: string): Promise<Document> {
  const { row, customer } = await lockDocument(tx, id, { includeDeleted: true });
  if (!row.deletedAt) return getWithin(tx, id);
  if (row.deletedBy !== principal.userId || row.deletedAt.getTime() < Date.now() - RESTORE_WITHIN) {
    throw new Problem('not-found');
  }
  await requireOpen(tx, customer);
  return change(tx, principal, row, 'document.restored', {
    set: { deletedAt: null, deletedBy: null },
  });
}

/** Says that a document is of another type. */
export async function moveDocument(
  tx: Tx,
  principal: Principal,
  id: string,
  type: string,
): Promise<Document> {
  const { row, customer } = await lockDocument(tx, id);
  requireOwn(principal, row);
  await requireTakeOut(tx, customer, row);
  if (row.type === type) return getWithin(tx, id);
  if (!(await isTypeTaken(tx, row.customerId, type))) {
    throw unknownType();
  }
  return change(tx, principal, row, 'document.moved', {
    set: { type },
    data: { from: row.type },
    audit: { from: row.type, to: type },
  });
}

/** Takes the pages of a document that are there for all of them: what has not arrived is not waited for. */
export async function settleDocument(tx: Tx, principal: Principal, id: string): Promise<Document> {
  const { row, customer } = await lockDocument(tx, id);
  await requireOpen(tx, customer);
  if (row.groupId === null || row.pageTotal === null) return getWithin(tx, id);
  await settleGroup(tx, row.customerId, row.groupId);
  return change(tx, principal, row, 'document.settled', { set: { pageTotal: null } });
}

/** Asks for the preview of a failed document once more. */
export async function retryDocument(tx: Tx, principal: Principal, id: string): Promise<Document> {
  const { row } = await lockDocument(tx, id);
  if (row.state !== 'failed') return getWithin(tx, id);
  return change(tx, principal, row, 'document.retried', {
    set: { state: 'processing', failure: null, note: null, attemptedAt: null },
  });
}

/** The original for download; the look is on record before the first byte. */
export async function openOriginal(
  db: Db,
  storage: FileStorage,
  principal: Principal,
  id: string,
): Promise<{ document: Document; stream: Readable; size: number }> {
  const { row, document } = await found(db, id);
  const file = await openFile(storage, row.storageKey);
  return look(db, principal, row, { kind: 'downloaded' }, () => ({ document, ...file })).catch((error) => {
    file.stream.destroy();
    throw error;
  });
}

async function found(db: Db, id: string) {
  const document = await readDocument(db, id);
  if (!document) throw new Problem('not-found');
  return document;
}

async function getWithin(tx: Tx, id: string): Promise<Document> {
  const document = await readDocument(tx, id);
  if (!document) throw new Problem('not-found');
  return document.document;
}

async function openFile(storage: FileStorage, key: string) {
  return storage.open(key).catch((error: unknown) => {
    throw error instanceof FileMissing ? new Problem('not-found') : error;
  });
}

/** The document under the lock of its customer, which every change of it needs. */
async function lockDocument(tx: Tx, id: string, options: { includeDeleted?: boolean } = {}) {
  const before = await readDocument(tx, id, { includeDeleted: true });
  const customer = before && (await lockCustomer(tx, before.row.customerId));
  const now = customer && (await readDocument(tx, id, options));
  if (!now) throw new Problem('not-found');
  return { row: now.row, customer };
}

async function change<T extends EventType>(
  tx: Tx,
  principal: Principal,
  row: DocumentRow,
  type: T &
    ('document.deleted' | 'document.restored' | 'document.moved' | 'document.settled' | 'document.retried'),
  options: {
    set: Parameters<typeof updateDocument>[2];
    data?: { from: string };
    audit?: Record<string, unknown>;
  },
): Promise<Document> {
  const document = await updateDocument(tx, row.id, options.set);
  await changeCustomer(tx, {
    customerId: row.customerId,
    actor: actorOf(principal),
    type,
    data: { document, ...options.data } as never,
    entity: { type: 'document', id: row.id },
    audit: options.audit ?? { type: row.type },
  });
  return document;
}

function requireOwn(principal: Principal, row: DocumentRow): void {
  if (row.uploadedBy !== principal.userId && !may(principal.role, 'documents.delete-any')) {
    throw new Problem('not-allowed', {
      detail: 'Only whoever uploaded a document, or an administrator, may do this',
    });
  }
}

async function requireTakeOut(
  tx: Tx,
  customer: CustomerRow,
  row: DocumentRow,
  options: { judgedToo?: boolean } = {},
): Promise<void> {
  await requireOpen(tx, customer);
  const file = { status: customer.status, submittedAt: customer.submittedAt?.getTime() ?? null };
  if (!mayTakeOut({ ...row, createdAt: row.createdAt.getTime() }, file, options)) {
    throw await conflict(tx, row.customerId, 'The document is being reviewed or has been');
  }
}

async function requireOpen(tx: Tx, customer: CustomerRow): Promise<void> {
  if (!acceptsDocuments(customer.status)) {
    throw await conflict(tx, customer.id, 'The customer has been decided on; reopen the file first');
  }
}

async function conflict(tx: Tx, customerId: string, detail: string): Promise<Problem> {
  return new Problem('state-conflict', { detail, current: await readCustomer(tx, customerId) });
}
