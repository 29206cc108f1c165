import { rm } from 'node:fs/promises';
import { type FileStorage, originalKey } from '@qijian/core/files/file-storage.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import { readDocument } from '@qijian/db/queries/documents.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { Upload } from '@tus/server';
import { Problem } from '../../http/problem.ts';
import { arrival, ingestAll, pageOf, problemOf, type Uploader } from './ingest.service.ts';
import type { UploadLocker } from './upload-locker.ts';
import type { UploadStore } from './upload-store.ts';

/** What is kept of an upload beside its bytes. */
export type StoredMetadata = {
  customerId: string;
  type: string;
  filename: string;
  source: string;
  /** Whose upload it is: the sender's `owner`. */
  userId: string;
  groupId?: string;
  pageIndex?: string;
  pageTotal?: string;
};

/** Whoever sends files through a door, and what the door makes of them. */
export interface Sender {
  /** Uploads of other owners do not exist, but for those of owners whose place the sender has taken. */
  owner: string;
  follows?(owner: string): Promise<boolean>;
  uploader(source: Document['source'] | null): Uploader;
  /** The customer an upload is for, from the metadata; throws when there is none. */
  customerOf(metadata: { customerId?: string }): string;
  /** Counts an upload against the sender's limits, or throws. */
  reserve(upload: { id: string; bytes: number }): Promise<void>;
  /** Gives back what came to nothing. */
  release(uploadId: string): Promise<void>;
  /** The last word, in the transaction that makes the document: throws when the sender may not any more. */
  confirm(tx: Tx, uploadId: string): Promise<void>;
  /** Throws when the sender may not go on; asked while bytes arrive. */
  mayGoOn(): Promise<void>;
}

/** Whether a finished upload came to nothing because of what it is, and not of what happened. */
export const isRefused = (error: unknown) => error instanceof Problem && error.statusCode < 500;

/**
 * Makes a document of an upload whose bytes are all there; once, however often and wherever it is asked for. Null when
 * its last bytes have proved false meanwhile. What is refused leaves nothing behind.
 */
export function finishUpload(
  { db, storage, store, locker }: { db: Db; storage: FileStorage; store: UploadStore; locker: UploadLocker },
  upload: Upload,
  sender: Sender,
): Promise<Document | null> {
  const { customerId, type, filename, source, ...rest } = upload.metadata as StoredMetadata;
  return locker.hold(upload.id, async () => {
    const known = await readDocument(db, upload.id, { includeDeleted: true });
    if (known) return known.document;
    const taken = (await storage.size(originalKey(upload.id))) !== null;
    // Check again under the lock: the last bytes may have failed their checksum since.
    if (!taken && (await store.getUpload(upload.id)).offset !== upload.size) return null;
    const path = taken ? storage.path(originalKey(upload.id)) : store.path(upload.id);
    try {
      const arrived = arrival(await storage.inspect(upload.id, path), filename);
      const key = await storage.keep(upload.id, path);
      const by = sender.uploader(source as Document['source']);
      const { documents } = await db.transaction(async (tx) => {
        await sender.confirm(tx, upload.id);
        const page = pageOf(rest);
        return ingestAll(tx, by, { customerId, type, page, arrivals: [arrived], keys: [key] });
      });
      return documents[0] ?? null;
    } catch (error) {
      const problem = problemOf(error);
      if (isRefused(problem)) {
        await store.remove(upload.id);
        await rm(storage.path(originalKey(upload.id)), { force: true });
        await sender.release(upload.id);
      }
      throw problem;
    }
  });
}
