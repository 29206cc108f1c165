import type { Db } from '../client.ts';
import { findStoredDocuments } from '../queries/documents.ts';
import type { FileStorage } from './file-storage.ts';

const HOUR = 60 * 60_000;
/** How long an unfinished resumable upload may be taken up again. */
export const UPLOADS_EXPIRE_AFTER = 24 * HOUR;
const BATCH = 500;

/**
 * Removes files that nothing refers to: leftovers of broken uploads, and originals and derivatives without a document.
 * They must be an hour old, so that no upload between its file and its row is touched. Returns how many went.
 */
export async function sweepFiles(db: Db, files: FileStorage, orphanAge = HOUR): Promise<number> {
  let removed = await files.sweep('quarantine', orphanAge);
  removed += await files.sweep('uploads', UPLOADS_EXPIRE_AFTER + HOUR);
  let batch: { key: string; documentId: string }[] = [];
  const removeOrphans = async () => {
    const stored = await findStoredDocuments(db, [...new Set(batch.map((file) => file.documentId))]);
    const orphans = batch.filter((file) => !stored.has(file.documentId));
    for (const { key } of orphans) await files.remove(key);
    removed += orphans.length;
    batch = [];
  };
  for await (const file of files.list(orphanAge)) {
    batch.push(file);
    if (batch.length === BATCH) await removeOrphans();
  }
  await removeOrphans();
  return removed;
}
