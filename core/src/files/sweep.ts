import type { Db } from '@qijian/db/client.ts';
import { findStoredDocuments, sampleStoredDocuments } from '@qijian/db/queries/documents.ts';
import type { FileStorage } from './file-storage.ts';
import { pairFiles } from './pairing.ts';

const HOUR = 60 * 60_000;
/** How long an unfinished resumable upload may be taken up again. */
export const UPLOADS_EXPIRE_AFTER = 24 * HOUR;
/** How long a file without a document can be brought back. */
export const TRASH_DAYS = 30;
/** Broken uploads leave a few; more, beyond this share of all, are rather a sign that the database is not theirs. */
const FEW = 20;
const FEW_SHARE = 0.05;
const BATCH = 500;

/** More files than is believable have no document. Nothing was moved. */
export class TooManyOrphans extends Error {}

/** What a sweep did, in files. */
export interface Swept {
  /** Leftovers of uploads that never ended. */
  leftovers: number;
  /** Put into the trash: nothing refers to them. */
  trashed: number;
  /** Brought back from the trash: their document is there again. */
  restored: number;
  /** Gone for good after their time in the trash. */
  removed: number;
}

interface StoredFile {
  key: string;
  documentId: string;
}

/**
 * Tidies up the files that nothing refers to: leftovers of broken uploads go, originals and derivatives without a document
 * go to the trash for 30 days. They must be an hour old, so that no upload between its file and its row is touched.
 * Throws WrongFiles when the files are not this database's, TooManyOrphans when it would take many.
 */
export async function sweepFiles(db: Db, files: FileStorage, orphanAge = HOUR): Promise<Swept> {
  await pairFiles(db, files);
  let restored = 0;
  let removed = 0;
  for await (const { stored, orphans } of sorted(db, files.listTrash())) {
    for (const { key } of stored) await files.fromTrash(key);
    restored += stored.length;
    const old = orphans.filter((file) => file.age > TRASH_DAYS * 24 * HOUR);
    for (const { key } of old) await files.removeTrash(key);
    removed += old.length;
  }
  const found: StoredFile[] = [];
  let looked = 0;
  for await (const { stored, orphans } of sorted(db, files.list(orphanAge))) {
    looked += stored.length + orphans.length;
    found.push(...orphans);
  }
  const none = found.length > 0 && (await sampleStoredDocuments(db, 1)).length === 0;
  if (none || found.length > Math.max(FEW, looked * FEW_SHARE)) {
    throw new TooManyOrphans(
      `${found.length} of ${looked} files in ${files.path('')} have no document in the database. Nothing was moved. ` +
        'Check that the database is the right one and as new as the files; restore it, or take those files away by hand.',
    );
  }
  for (const { key } of found) await files.toTrash(key);
  const leftovers =
    (await files.sweep('quarantine', orphanAge)) +
    (await files.sweep('uploads', UPLOADS_EXPIRE_AFTER + HOUR));
  return { leftovers, trashed: found.length, restored, removed };
}

/** Files in batches, parted by whether the database has their document. */
async function* sorted<F extends StoredFile>(db: Db, source: AsyncIterable<F>) {
  const part = async (batch: F[]) => {
    const known = await findStoredDocuments(db, [...new Set(batch.map((file) => file.documentId))]);
    return {
      stored: batch.filter((file) => known.has(file.documentId)),
      orphans: batch.filter((file) => !known.has(file.documentId)),
    };
  };
  let batch: F[] = [];
  for await (const file of source) {
    batch.push(file);
    if (batch.length < BATCH) continue;
    yield await part(batch);
    batch = [];
  }
  yield await part(batch);
}
