import type { DBSchema, IDBPDatabase } from 'idb';

/*
 * What a customer was about to send: phones end pages while the camera is open, and the next page begins here again.
 */

const KEY = 'portal-draft';
const FRESH_MS = 10 * 60_000;
/** Photographs that nobody came back for. */
const KEEP_MS = 86_400_000;

/** Keeps the type that is about to be photographed. */
export function keepDraft(type: string): void {
  write(JSON.stringify({ type, at: Date.now() }));
}

export function clearDraft(): void {
  write(null);
}

/** The type an ended page was at, once. */
export function takeDraft(): string | null {
  try {
    const { type, at } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { type?: string; at?: number };
    clearDraft();
    return type && at && Date.now() - at < FRESH_MS ? type : null;
  } catch {
    return null;
  }
}

function write(value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
  } catch {
    // A private window keeps nothing.
  }
}

interface Schema extends DBSchema {
  pages: {
    key: [linkId: string, type: string];
    value: { linkId: string; type: string; pages: File[]; at: number };
  };
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = () =>
  (database ??= import('idb').then(({ openDB }) =>
    openDB<Schema>('qijian-drafts', 1, {
      upgrade: (db) => void db.createObjectStore('pages', { keyPath: ['linkId', 'type'] }),
    }),
  ));

/** Keeps the photographs of one document, in order, until they are sent; none throws them away. */
export async function keepPages(linkId: string, type: string, pages: File[]): Promise<void> {
  try {
    const db = await open();
    if (pages.length > 0) await db.put('pages', { linkId, type, pages, at: Date.now() });
    else await db.delete('pages', [linkId, type]);
  } catch {
    // A private window keeps nothing.
  }
}

/** The photographs an ended page was putting in order; those of long ago are thrown away. */
export async function keptPages(linkId: string, type: string): Promise<File[]> {
  try {
    const db = await open();
    for (const old of await db.getAll('pages')) {
      if (old.at < Date.now() - KEEP_MS) await db.delete('pages', [old.linkId, old.type]);
    }
    return (await db.get('pages', [linkId, type]))?.pages ?? [];
  } catch {
    return [];
  }
}
