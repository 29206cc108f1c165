import type { DBSchema, IDBPDatabase } from 'idb';

/** Longest side of the small pictures kept on this device; a long screenshot is at least so wide. */
const LONGEST = 640;
const NARROWEST = 160;
/** As long as a link may live. */
const KEEP_MS = 30 * 86_400_000;

interface Schema extends DBSchema {
  pictures: { key: string; value: { id: string; picture: Blob; at: number } };
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = () =>
  (database ??= import('idb').then(({ openDB }) =>
    openDB<Schema>('qijian-pictures', 1, {
      upgrade: (db) => void db.createObjectStore('pictures', { keyPath: 'id' }),
    }),
  ));

/** A small picture of a photograph; null where the browser cannot decode it. */
export async function smallPicture(file: Blob): Promise<Blob | null> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const { width, height } = bitmap;
    const scale = Math.min(
      1,
      Math.max(LONGEST / Math.max(width, height), NARROWEST / Math.min(width, height)),
    );
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.7));
  } catch {
    return null;
  }
}

/** Keeps the picture of an upload or a document; it never leaves this device. */
export async function keepPicture(id: string, picture: Blob): Promise<void> {
  await open()
    .then((db) => db.put('pictures', { id, picture, at: Date.now() }))
    .catch(() => {});
}

/** All pictures kept here, by the id of their upload or document; those that are too old are thrown away. */
export async function readPictures(): Promise<Map<string, Blob>> {
  try {
    const db = await open();
    const all = await db.getAll('pictures');
    const old = all.filter(({ at }) => at < Date.now() - KEEP_MS);
    await Promise.all(old.map(({ id }) => db.delete('pictures', id)));
    return new Map(
      all.filter(({ at }) => at >= Date.now() - KEEP_MS).map(({ id, picture }) => [id, picture]),
    );
  } catch {
    return new Map();
  }
}
