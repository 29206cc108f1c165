import { isLong, type Size } from '@qijian/domain/rules/picture-size.ts';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { drawSmaller } from '#lib/features/documents/draw-smaller.ts';

/**
 * Longest side of the small pictures kept on this device: enough to know them again, not to read a number. A long
 * screenshot is at least so wide.
 */
const LONGEST = 240;
const NARROWEST = 160;
/** As long as a link may live. */
const KEEP_MS = 30 * 86_400_000;

interface Schema extends DBSchema {
  pictures: { key: string; value: { id: string; picture: Blob; at: number } };
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = () =>
  (database ??= openDB<Schema>('qijian-pictures', 1, {
    upgrade: (db) => void db.createObjectStore('pictures', { keyPath: 'id' }),
  }));

/** A small picture of a photograph; null where the browser cannot decode it. */
export async function smallPicture(file: Blob): Promise<Blob | null> {
  return drawSmaller(file, smallSize, 0.7).catch(() => null);
}

function smallSize(size: Size): Size {
  const { width, height } = size;
  const scale = Math.min(
    1,
    isLong(size) ? NARROWEST / Math.min(width, height) : LONGEST / Math.max(width, height),
  );
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
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

/** Leaves none of them on the device. */
export async function wipePictures(): Promise<void> {
  await open()
    .then((db) => db.clear('pictures'))
    .catch(() => {});
}
