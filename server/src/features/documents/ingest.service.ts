import { changeCustomer } from '@qijian/core/change-customer.ts';
import {
  type FileStorage,
  FileTooLarge,
  type ReceivedFile,
  StorageFull,
} from '@qijian/core/files/file-storage.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import {
  insertDocument,
  listSent,
  lockForUpload,
  readUploadTarget,
  updateDocument,
} from '@qijian/db/queries/documents.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { acceptsDocuments, type CustomerState } from '@qijian/domain/rules/customer-states.ts';
import {
  cleanFilename,
  type FileMime,
  isPictureSequence,
  sniffFileKind,
} from '@qijian/domain/rules/file-kinds.ts';
import { isOnePage, mayUndo, UNDO_WITHIN } from '@qijian/domain/rules/portal.ts';
import { validate } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';

/** Whoever adds a document, through whichever door. */
export interface Uploader {
  actor: Actor;
  /** Null for a customer who came by a link. */
  userId: string | null;
  source: Document['source'];
  /** The link a customer came by. */
  linkId?: string;
}

/** Which page of which document a file is. */
export interface Page {
  groupId: string;
  index: number;
  total: number | null;
}

/** A file that has arrived whole: synced, hashed, its kind known. */
export interface Arrival {
  received: ReceivedFile;
  mime: FileMime;
  filename: string;
}

/** Refuses an upload before its bytes are read: unknown customer, decided customer, unknown document type. */
export async function checkUpload(db: Db, customerId: string, type: string): Promise<CustomerState> {
  const target = await readUploadTarget(db, customerId, type);
  if (!target) throw new Problem('not-found');
  if (!target.typeTaken) throw unknownType();
  if (!acceptsDocuments(target.status)) throw await decided(db, customerId);
  return target.status;
}

/** The kind of a file by its first bytes; throws for an empty file and for every kind that is not accepted. */
export function requireAcceptedKind(head: Uint8Array): FileMime {
  if (head.length === 0) throw new Problem('file-empty');
  const mime = sniffFileKind(head);
  if (!mime) throw new Problem(isPictureSequence(head) ? 'picture-sequence' : 'unsupported-file');
  return mime;
}

/** What there is to know of a received file once it has a name. */
export function arrival(received: ReceivedFile, givenName: string): Arrival {
  const mime = requireAcceptedKind(received.head);
  return { received, mime, filename: cleanFilename(givenName, mime) };
}

/**
 * The one way a document comes into being. The file must already be at its final key; row, event and audit row are
 * committed by the caller's transaction. The same id again answers the document that is there.
 */
export async function ingest(
  tx: Tx,
  by: Uploader,
  input: { customerId: string; type: string; storageKey: string; arrival: Arrival; page?: Page | null },
): Promise<{ document: Document; status: CustomerState }> {
  const { arrival, customerId, type } = input;
  const { id, sha256, size } = arrival.received;
  const target = await lockForUpload(tx, { customerId, type, documentId: id });
  if (!target) throw new Problem('not-found');
  const { known, customer } = target;
  const { status } = customer;
  if (known) return { document: known, status };
  if (!target.typeTaken) throw unknownType();
  if (!acceptsDocuments(status)) throw await decided(tx, customerId);
  const replaced = input.page ? [] : await replacedBy(tx, by, { customerId, type }, customer);
  const inserted = insertDocument(tx, {
    id,
    customerId,
    type,
    filename: arrival.filename,
    mime: arrival.mime,
    size,
    sha256,
    storageKey: input.storageKey,
    uploadedBy: by.userId,
    uploaderName: by.actor.name,
    source: by.source,
    linkId: by.linkId ?? null,
    groupId: input.page?.groupId ?? null,
    pageIndex: input.page?.index ?? null,
    pageTotal: input.page?.total ?? null,
  });
  await changeCustomer(tx, {
    customerId,
    before: customer,
    actor: by.actor,
    type: 'document.added',
    data: inserted.then((document) => ({ document })),
    entity: { type: 'document', id },
    audit: { type, size, sha256, source: by.source },
  });
  for (const old of replaced) {
    const deleted = await updateDocument(tx, old, { deletedAt: new Date() });
    await changeCustomer(tx, {
      customerId,
      actor: by.actor,
      type: 'document.deleted',
      data: { document: deleted },
      entity: { type: 'document', id: old },
      audit: { type, replacedBy: id },
    });
  }
  return { document: await inserted, status };
}

/** Makes documents of the files of one upload, which lie at these keys; with a page, those after the first are the next ones. */
export async function ingestAll(
  tx: Tx,
  by: Uploader,
  upload: { customerId: string; type: string; page: Page | null; arrivals: Arrival[]; keys: string[] },
): Promise<{ documents: Document[]; duringReview: boolean }> {
  const { customerId, type, page, arrivals, keys } = upload;
  const documents: Document[] = [];
  let duringReview = false;
  for (const [n, arrival] of arrivals.entries()) {
    const { document, status } = await ingest(tx, by, {
      customerId,
      type,
      storageKey: keys[n] as string,
      arrival,
      page: page && { ...page, index: page.index + n },
    });
    documents.push(document);
    duringReview = status === 'reviewing';
  }
  return { documents, duringReview };
}

/** What a customer may still take back of a document of one page, of which they now send another photograph. */
async function replacedBy(
  tx: Tx,
  by: Uploader,
  of: { customerId: string; type: string },
  { status, submittedAt }: { status: CustomerState; submittedAt: Date | null },
): Promise<string[]> {
  if (!by.linkId || !isOnePage(of.type)) return [];
  const since = new Date(Date.now() - UNDO_WITHIN);
  const sent = await listSent(tx, { ...of, linkId: by.linkId, since });
  const file = { status, submittedAt: submittedAt?.getTime() ?? null };
  return sent
    .filter((row) => mayUndo({ ...row, createdAt: row.createdAt.getTime() }, file))
    .map(({ id }) => id);
}

/**
 * Moves arrived files to their final keys and commits what refers to them. When nothing does in the end (the
 * transaction was refused, or an earlier answer was replayed) the files are removed; when that is uncertain, because
 * the connection broke during the commit, they are left to the sweep, which asks the database.
 */
export async function keepAndCommit<T>(
  storage: FileStorage,
  arrivals: Arrival[],
  commit: (keys: string[]) => Promise<{ answer: T; stored: boolean }>,
): Promise<T> {
  const keys = await Promise.all(arrivals.map(({ received }) => storage.keep(received.id))).catch(
    async (error) => {
      await Promise.all(arrivals.map(({ received }) => storage.discard(received.id)));
      throw problemOf(error);
    },
  );
  const removeAll = () => Promise.all(keys.map((key) => storage.remove(key)));
  try {
    const { answer, stored } = await commit(keys);
    if (!stored) await removeAll();
    return answer;
  } catch (error) {
    if (error instanceof Problem) await removeAll();
    throw error;
  }
}

/** The problem that a storage error is to people; everything else stays what it is. */
export function problemOf(error: unknown): unknown {
  if (error instanceof FileTooLarge) return new Problem('file-too-large');
  if (error instanceof StorageFull) return new Problem('storage-full');
  return error;
}

/** A session's uploads come from a desk unless it says otherwise, a token's from a program. */
export function uploaderOf(principal: Principal, source: Document['source'] | null): Uploader {
  return {
    actor: actorOf(principal),
    userId: principal.userId,
    source: source ?? (principal.sessionHash === null ? 'api' : 'desk'),
  };
}

const MOST_PAGES = 500;

/** The page named by a form or by metadata; null when none is. */
export function pageOf(given: {
  groupId?: string | undefined;
  pageIndex?: string | undefined;
  pageTotal?: string | undefined;
}): Page | null {
  const { groupId, pageIndex = '0', pageTotal } = given;
  if (groupId === undefined) return null;
  if (!validate(groupId)) throw fieldProblem('groupId', 'must be a UUID');
  if (!/^\d{1,3}$/.test(pageIndex) || Number(pageIndex) >= MOST_PAGES) {
    throw fieldProblem('pageIndex', 'must be a whole number from 0');
  }
  if (pageTotal === undefined) return { groupId, index: Number(pageIndex), total: null };
  const total = Number(pageTotal);
  if (!/^\d{1,3}$/.test(pageTotal) || total > MOST_PAGES || total <= Number(pageIndex)) {
    throw fieldProblem('pageTotal', 'must be a whole number above pageIndex');
  }
  return { groupId, index: Number(pageIndex), total };
}

/** A type that this customer may not have documents of. */
export const unknownType = () => fieldProblem('type', 'is not a document type in use');

async function decided(db: Db | Tx, customerId: string): Promise<Problem> {
  return new Problem('state-conflict', {
    detail: 'The customer has been decided on; reopen the file before adding documents',
    current: await readCustomer(db, customerId),
  });
}
