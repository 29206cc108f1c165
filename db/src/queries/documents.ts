import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { and, asc, eq, getTableColumns, gt, inArray, isNull, ne, sql } from 'drizzle-orm';
import { builtOnce, type DbOrTx, type Tx } from '../client.ts';
import { documentTypes } from '../schema/catalog.ts';
import { customers } from '../schema/customers.ts';
import { documents } from '../schema/documents.ts';
import { type CustomerRow, lockCustomer } from './customer-row.ts';

export type DocumentRow = typeof documents.$inferSelect;
export type NewDocument = Pick<
  typeof documents.$inferInsert,
  | 'id'
  | 'customerId'
  | 'type'
  | 'filename'
  | 'mime'
  | 'size'
  | 'sha256'
  | 'storageKey'
  | 'uploadedBy'
  | 'uploaderName'
  | 'source'
  | 'linkId'
  | 'groupId'
  | 'pageIndex'
  | 'pageTotal'
>;

/** What `toDocument` reads. */
export const documentColumns = {
  row: documents,
  // Ids grow with time: the first of several with the same bytes is the original, the others point to it.
  duplicateOf: sql<string | null>`(
    select other.id from documents other
    where other.customer_id = documents.customer_id and other.sha256 = documents.sha256
      and other.deleted_at is null and other.id < documents.id
    order by other.id limit 1)`,
  reviewer: sql<string | null>`(select display_name from users where id = documents.reviewed_by)`,
};

/** A stored document as the staff side sees it. */
export function toDocument(selected: {
  row: DocumentRow;
  duplicateOf: string | null;
  reviewer: string | null;
}): Document {
  const { row } = selected;
  return {
    id: row.id,
    customerId: row.customerId,
    type: row.type,
    version: row.version,
    filename: row.filename,
    mime: row.mime,
    size: row.size,
    sha256: row.sha256,
    pages: row.pages,
    width: row.width,
    height: row.height,
    state: row.state,
    failure: row.failure,
    note: row.note,
    verdict: row.verdict,
    ...(row.reasonCode ? { reasonCode: row.reasonCode } : {}),
    ...(row.reasonCodes.length > 0 ? { reasonCodes: row.reasonCodes } : {}),
    ...(row.reviewedBy && selected.reviewer
      ? { reviewedBy: { id: row.reviewedBy, displayName: selected.reviewer } }
      : {}),
    ...(row.reviewedAt ? { reviewedAt: row.reviewedAt.toISOString() } : {}),
    ...(row.message ? { message: row.message } : {}),
    ...(row.reviewRegion ? { region: row.reviewRegion } : {}),
    ...(row.groupId ? { group: { id: row.groupId, index: row.pageIndex ?? 0, total: row.pageTotal } } : {}),
    uploadedBy: { kind: row.uploadedBy ? 'user' : 'customer', id: row.uploadedBy, name: row.uploaderName },
    source: row.source,
    duplicateOf: selected.duplicateOf,
    createdAt: row.createdAt.toISOString(),
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}

/** Whether a customer may have documents of a type: one in use, or one that was asked for before it went out of use. */
const typeTaken = sql<boolean>`exists(select from ${documentTypes}
  where ${documentTypes.code} = ${sql.placeholder('type')} and (${documentTypes.active} or ${customers.requestedTypes}
    @> jsonb_build_array(jsonb_build_object('type', ${sql.placeholder('type')}::text))))`;

const uploadTarget = builtOnce((db) =>
  db
    .select({ status: customers.status, typeTaken })
    .from(customers)
    .where(and(eq(customers.id, sql.placeholder('customerId')), isNull(customers.deletedAt)))
    .prepare('upload_target'),
);

/** What an upload must know before its bytes are read; null when the customer is unknown or deleted. */
export async function readUploadTarget(
  db: DbOrTx,
  customerId: string,
  type: string,
): Promise<{ status: CustomerState; typeTaken: boolean } | null> {
  const [target] = await uploadTarget(db, { customerId, type });
  return target ?? null;
}

const typeAndDocument = builtOnce((db) =>
  db
    .select({
      typeTaken,
      isKnown: sql<boolean>`exists(select from ${documents} where ${documents.id} = ${sql.placeholder('documentId')})`,
    })
    .from(customers)
    .where(eq(customers.id, sql.placeholder('customerId')))
    .prepare('type_and_document'),
);

/** Whether a customer may have documents of a type. */
export async function isTypeTaken(db: DbOrTx, customerId: string, type: string): Promise<boolean> {
  const [found] = await typeAndDocument(db, { customerId, type, documentId: null });
  return found?.typeTaken ?? false;
}

/**
 * Locks the customer's row for one more document; what decides whether it may be added is read with it. Null when the
 * customer is unknown or deleted; `known` is the document with this id, deleted ones included.
 */
export async function lockForUpload(
  tx: Tx,
  input: { customerId: string; type: string; documentId: string },
): Promise<{
  customer: CustomerRow;
  typeTaken: boolean;
  known: Document | null;
} | null> {
  const [customer, [now]] = await Promise.all([
    lockCustomer(tx, input.customerId),
    // Sent behind the lock without waiting for it: it runs once the lock is held, so that what waited for a change of the
    // catalog does not see it as it was before.
    typeAndDocument(tx, input),
  ]);
  if (!customer) return null;
  const known = now?.isKnown ? await readDocument(tx, input.documentId, { includeDeleted: true }) : null;
  return { customer, typeTaken: now?.typeTaken ?? false, known: known?.document ?? null };
}

const insertion = builtOnce((db) =>
  db
    .insert(documents)
    .values({
      id: sql.placeholder('id'),
      customerId: sql.placeholder('customerId'),
      type: sql.placeholder('type'),
      filename: sql.placeholder('filename'),
      mime: sql.placeholder('mime'),
      size: sql.placeholder('size'),
      sha256: sql.placeholder('sha256'),
      storageKey: sql.placeholder('storageKey'),
      uploadedBy: sql.placeholder('uploadedBy'),
      uploaderName: sql.placeholder('uploaderName'),
      source: sql.placeholder('source'),
      linkId: sql.placeholder('linkId'),
      groupId: sql.placeholder('groupId'),
      pageIndex: sql.placeholder('pageIndex'),
      pageTotal: sql.placeholder('pageTotal'),
      // clock_timestamp(), not now(): a transaction that waited for an auditor's decision is newer than it.
      createdAt: sql`clock_timestamp()`,
    })
    .returning({ ...getTableColumns(documents), duplicateOf: documentColumns.duplicateOf })
    .prepare('insert_document'),
);

/** Stores a document in state `processing`; the customer's row must be locked. */
export async function insertDocument(tx: Tx, document: NewDocument): Promise<Document> {
  const nobodys = { uploadedBy: null, linkId: null, groupId: null, pageIndex: null, pageTotal: null };
  const rows = await insertion(tx, { ...nobodys, ...document });
  const row = rows[0] as DocumentRow & { duplicateOf: string | null };
  return toDocument({ row, duplicateOf: row.duplicateOf, reviewer: null });
}

/** One document with its row; null when unknown, deleted (unless asked for), or of a deleted customer. */
export async function readDocument(
  db: DbOrTx,
  id: string,
  options: { includeDeleted?: boolean } = {},
): Promise<{ row: DocumentRow; document: Document } | null> {
  const rows = await db
    .select(documentColumns)
    .from(documents)
    .innerJoin(customers, and(eq(customers.id, documents.customerId), isNull(customers.deletedAt)))
    .where(and(eq(documents.id, id), options.includeDeleted ? undefined : isNull(documents.deletedAt)));
  return rows[0] ? { row: rows[0].row, document: toDocument(rows[0]) } : null;
}

/** The live documents of a customer, oldest first. */
export async function listDocuments(db: DbOrTx, customerId: string): Promise<Document[]> {
  const rows = await db
    .select(documentColumns)
    .from(documents)
    .where(and(eq(documents.customerId, customerId), isNull(documents.deletedAt)))
    .orderBy(asc(documents.createdAt), asc(documents.id));
  return rows.map(toDocument);
}

/** The documents of a type that came by a link since then; newest last. */
export async function listSent(
  tx: Tx,
  of: { customerId: string; type: string; linkId: string; since: Date },
): Promise<DocumentRow[]> {
  return tx
    .select()
    .from(documents)
    .where(
      and(
        eq(documents.customerId, of.customerId),
        eq(documents.type, of.type),
        eq(documents.linkId, of.linkId),
        gt(documents.createdAt, of.since),
        isNull(documents.deletedAt),
      ),
    )
    .orderBy(asc(documents.createdAt));
}

/** Takes the pages of a group that are there for all of them; the customer's row must be locked. */
export async function settleGroup(tx: Tx, customerId: string, groupId: string): Promise<void> {
  await tx
    .update(documents)
    .set({ pageTotal: null })
    .where(and(eq(documents.customerId, customerId), eq(documents.groupId, groupId)));
}

/** Changes a document and raises its version; the customer's row must be locked. */
export async function updateDocument(
  tx: Tx,
  id: string,
  set: Partial<typeof documents.$inferInsert>,
): Promise<Document> {
  const rows = await tx
    .update(documents)
    .set({
      ...set,
      // A document that is moved counts as new in its new type.
      ...(set.type === undefined ? {} : { movedAt: sql`clock_timestamp()` }),
      version: sql`${documents.version} + 1`,
    })
    .where(eq(documents.id, id))
    .returning(documentColumns);
  if (!rows[0]) throw new Error('updateDocument: the row is not there; read it under the lock first');
  return toDocument(rows[0]);
}

/** Whether an auditor has judged any document of a customer, deleted ones included. */
export async function hasJudgedDocument(db: DbOrTx, customerId: string): Promise<boolean> {
  const rows = await db
    .select({ id: documents.id })
    .from(documents)
    .where(and(eq(documents.customerId, customerId), ne(documents.verdict, 'pending')))
    .limit(1);
  return rows.length > 0;
}

/** Every document of a customer, deleted ones included. */
export async function allDocumentIds(db: DbOrTx, customerId: string): Promise<string[]> {
  const rows = await db
    .select({ id: documents.id })
    .from(documents)
    .where(eq(documents.customerId, customerId));
  return rows.map((row) => row.id);
}

/** Storage keys of the oldest and the newest documents, deleted ones included: none where there is no document. */
export async function sampleStoredDocuments(db: DbOrTx, each: number): Promise<string[]> {
  const rows = await db.execute<{ key: string }>(sql`
    (select storage_key as key from documents order by id limit ${each})
    union (select storage_key from documents order by id desc limit ${each})`);
  return rows.map((row) => row.key);
}

/** Which of these ids belong to stored documents, deleted ones included. */
export async function findStoredDocuments(db: DbOrTx, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.select({ id: documents.id }).from(documents).where(inArray(documents.id, ids));
  return new Set(rows.map((row) => row.id));
}
