import type { DBSchema, IDBPDatabase } from 'idb';

/** A queued upload as it survives the page: the file itself, and where the server keeps what has arrived. */
export interface StoredUpload {
  id: string;
  /** A user's id, or of a customer's page the id of its link. */
  userId: string;
  customerId: string;
  customerName: string;
  type: string;
  filename: string;
  blob: Blob;
  url: string | null;
  createdAt: number;
  /** Whether the file is as it will be sent; a picture may still have to be made smaller. */
  isPrepared: boolean;
  /** Photographs of one document share an id and are counted from 0. */
  group?: { id: string; index: number; total: number } | undefined;
}

interface Schema extends DBSchema {
  uploads: { key: string; value: StoredUpload };
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = () =>
  (database ??= import('idb').then(({ openDB }) =>
    openDB<Schema>('qijian', 1, {
      upgrade: (db) => void db.createObjectStore('uploads', { keyPath: 'id' }),
    }),
  ));

/** Keeps an upload; false where the browser does not let us (private windows, full disk). */
export async function keep(upload: StoredUpload): Promise<boolean> {
  try {
    await (await open()).put('uploads', upload);
    return true;
  } catch {
    return false;
  }
}

export async function forget(id: string): Promise<void> {
  await open()
    .then((db) => db.delete('uploads', id))
    .catch(() => {});
}

export async function kept(id: string): Promise<StoredUpload | undefined> {
  return open()
    .then((db) => db.get('uploads', id))
    .catch(() => undefined);
}

/** What this person had not finished uploading, oldest first. */
export async function unfinished(userId: string): Promise<StoredUpload[]> {
  try {
    const all = await (await open()).getAll('uploads');
    return all.filter((upload) => upload.userId === userId).sort((a, b) => a.createdAt - b.createdAt);
  } catch {
    return [];
  }
}

/**
 * Waits until no other page of this browser sends this upload, and keeps it from them until it is let go or this page
 * ends: two windows must not send the same file twice.
 */
export function hold(id: string): Promise<() => void> {
  // Absent where the page is not served securely; then only one window resumes well.
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const whileHeld = () => new Promise<void>((release) => resolve(release));
    navigator.locks.request(`upload-${id}`, whileHeld).catch(() => resolve(() => {}));
  });
}
