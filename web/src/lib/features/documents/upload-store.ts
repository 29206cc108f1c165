import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** A queued upload as it survives the page: the file itself, and where the server keeps what has arrived. */
export interface StoredUpload {
  id: string;
  /** A user's id, or of a customer's page `portalOwner` of the person. */
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

/** Files that nobody came back for; no link and no session lives longer. */
const KEEP_MS = 30 * 86_400_000;
const PORTAL = 'portal:';

/** Whose the files of a customer's page are: a new link of the same person takes up what an old one left. */
export const portalOwner = (person: string) => PORTAL + person;

/** Before there were persons, the owner was the link; files of a customer's page have no customer's name. */
const isOfLink = ({ userId, customerName }: StoredUpload) =>
  customerName === '' && !userId.startsWith(PORTAL);

interface Schema extends DBSchema {
  uploads: { key: string; value: StoredUpload };
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
// Imported statically: keeping a chosen file comes before everything else.
const open = () =>
  (database ??= openDB<Schema>('qijian', 1, {
    upgrade: (db) => void db.createObjectStore('uploads', { keyPath: 'id' }),
  }));

/** Keeps an upload; false where the browser does not let us (private windows, full disk). */
export async function storeUpload(upload: StoredUpload): Promise<boolean> {
  try {
    await (await open()).put('uploads', upload);
    return true;
  } catch {
    return false;
  }
}

export async function deleteUpload(id: string): Promise<void> {
  await open()
    .then((db) => db.delete('uploads', id))
    .catch(() => {});
}

export async function storedUpload(id: string): Promise<StoredUpload | undefined> {
  return open()
    .then((db) => db.get('uploads', id))
    .catch(() => undefined);
}

/** What this person had not finished uploading, oldest first; what nobody came back for is thrown away. */
export async function unfinishedUploads(userId: string): Promise<StoredUpload[]> {
  await sweep();
  return (await everything())
    .filter((upload) => upload.userId === userId)
    .sort((a, b) => a.createdAt - b.createdAt);
}

/** Gives a person what an earlier release kept under the links of this customer. */
export async function handOver(owner: string, customerId: string): Promise<void> {
  for (const upload of await everything()) {
    if (isOfLink(upload) && upload.customerId === customerId) await storeUpload({ ...upload, userId: owner });
  }
}

/** Throws away every file of a person on this device. */
export async function deleteUploadsOf(owner: string): Promise<void> {
  const all = await everything();
  await Promise.all(all.filter(({ userId }) => userId === owner).map(({ id }) => deleteUpload(id)));
}

async function sweep(): Promise<void> {
  const old = (await everything()).filter(({ createdAt }) => createdAt < Date.now() - KEEP_MS);
  await Promise.all(old.map(({ id }) => deleteUpload(id)));
}

async function everything(): Promise<StoredUpload[]> {
  return open()
    .then((db) => db.getAll('uploads'))
    .catch(() => []);
}

/**
 * Waits until no other page of this browser sends this upload, and keeps it from them until it is let go or this page
 * ends: two windows must not send the same file twice.
 */
export function lockUpload(id: string): Promise<() => void> {
  // Web Locks need a secure context; without them only one window resumes reliably.
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const whileHeld = () => new Promise<void>((release) => resolve(release));
    navigator.locks.request(`upload-${id}`, whileHeld).catch(() => resolve(() => {}));
  });
}
