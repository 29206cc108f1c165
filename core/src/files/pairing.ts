import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@qijian/db/client.ts';
import { sampleStoredDocuments } from '@qijian/db/queries/documents.ts';
import { readIdentity } from '@qijian/db/queries/events.ts';
import { type FileStorage, MARK } from './file-storage.ts';

const SAMPLE = 25;
const RETRY_MS = 1_000;

/** The database and the files are not of one installation; the message says what differs and what to do. */
export class WrongFiles extends Error {}

/**
 * Makes sure that the files are those of this database; throws WrongFiles otherwise and changes nothing. Files without
 * a mark get it when both sides are new, or when most of a sample of the documents is really there.
 */
export async function pairFiles(db: Db, files: FileStorage): Promise<void> {
  const identity = await readIdentity(db);
  if ((await files.readMark()) === null) {
    await checkUnmarked(db, files, identity);
    await files.writeMark(identity);
  }
  const mark = await files.readMark();
  if (mark === identity) return;
  throw new WrongFiles(
    `The files in ${files.path('')} belong to installation ${mark}, the database is of installation ${identity}. ` +
      'Nothing was changed. Let DATABASE_URL and DATA_DIR name the same installation; after a restore, both from one backup.',
  );
}

/** As `pairFiles`, waiting for a database that is not there yet; `waiting` hears why. */
export async function pairFilesPatiently(
  db: Db,
  files: FileStorage,
  waiting: (error: unknown) => void,
): Promise<void> {
  for (;;) {
    try {
      return await pairFiles(db, files);
    } catch (error) {
      if (error instanceof WrongFiles) throw error;
      waiting(error);
      await sleep(RETRY_MS);
    }
  }
}

async function checkUnmarked(db: Db, files: FileStorage, identity: string): Promise<void> {
  const sample = await sampleStoredDocuments(db, SAMPLE);
  const byHand = `If they do belong together, write ${identity} into ${files.path(MARK)}.`;
  if (sample.length === 0) {
    if (!(await holdsFiles(files))) return;
    throw new WrongFiles(
      `The database knows no document, but there are files in ${files.path('')}. Nothing was changed. ` +
        `Give a new database an empty DATA_DIR, or restore the database first. ${byHand}`,
    );
  }
  let there = 0;
  for (const key of sample) if ((await files.size(key)) !== null) there += 1;
  if (there * 2 >= sample.length) return;
  throw new WrongFiles(
    `Of ${sample.length} documents in the database only ${there} are in ${files.path('')}. Nothing was changed. ` +
      `Let DATA_DIR name the folder of this database, or restore its files first. ${byHand}`,
  );
}

async function holdsFiles(files: FileStorage): Promise<boolean> {
  // Includes timestamps in the future, left by a wrong clock.
  for await (const _ of files.list(Number.NEGATIVE_INFINITY)) return true;
  return false;
}
