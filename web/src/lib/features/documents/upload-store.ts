import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** A queued upload as it survives the page: the file itself, and where the server keeps what has arrived. */
export interface StoredUpload {
  id: string;
  userId: string;
  customerId: string;
  customerName: string;
  type: string;
  filename: string;
  blob: Blob;
  url: string | null;
  createdAt: number;
}

interface Schema extends DBSchema {
  uploads: { key: string; value: StoredUpload };
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = () =>
  (database ??= openDB<Schema>('qijian', 1, {
    upgrade: (db) => void db.createObjectStore('uploads', { keyPath: 'id' }),
  }));

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

/** What this person had not finished uploading, oldest first. */
export async function unfinished(userId: string): Promise<StoredUpload[]> {
  try {
    const all = await (await open()).getAll('uploads');
    return all.filter((upload) => upload.userId === userId).sort((a, b) => a.createdAt - b.createdAt);
  } catch {
    return [];
  }
}
