import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/*
 * What a customer was about to send: phones end pages while the camera is open, and the next page begins here again.
 */

const KEY = 'portal-draft';
const FRESH_MS = 10 * 60_000;
/** Photographs that nobody came back for. */
const KEEP_MS = 86_400_000;

/** Keeps the type that is about to be photographed. */
export function rememberType(type: string): void {
  write(JSON.stringify({ type, at: Date.now() }));
}

export function forgetType(): void {
  write(null);
}

/** The type an ended page was at, once. */
export function takeRememberedType(): string | null {
  try {
    const { type, at } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { type?: string; at?: number };
    forgetType();
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
    key: [owner: string, type: string];
    /** `linkId` is the owner: the first release named it so, and kept pages of a link. */
    value: KeptPages & { linkId: string; at: number };
  };
}

/** Photographs of one document that are not sent yet. */
export interface KeptPages {
  type: string;
  pages: File[];
  /** The document whose missing pages they are. */
  into?: string | undefined;
}

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = () =>
  (database ??= openDB<Schema>('qijian-drafts', 1, {
    upgrade: (db) => void db.createObjectStore('pages', { keyPath: ['linkId', 'type'] }),
  }));

/** Keeps the photographs of one document, in order, until they are sent; none throws them away. */
export async function keepPages(owner: string, { type, pages, into }: KeptPages): Promise<void> {
  try {
    const db = await open();
    if (pages.length > 0) await db.put('pages', { linkId: owner, type, pages, into, at: Date.now() });
    else await db.delete('pages', [owner, type]);
  } catch {
    // A private window keeps nothing.
  }
}

/** The photographs earlier pages of this person, or of their link, left; those of long ago are thrown away. */
export async function keptPages(owner: string, linkId: string): Promise<KeptPages[]> {
  try {
    const db = await open();
    const kept = await db.getAll('pages');
    for (const { linkId: of, at, ...one } of kept) {
      if (at >= Date.now() - KEEP_MS && of !== linkId) continue;
      if (at >= Date.now() - KEEP_MS) await keepPages(owner, one);
      await db.delete('pages', [of, one.type]);
    }
    return (await db.getAll('pages')).filter((one) => one.linkId === owner);
  } catch {
    return [];
  }
}

/** Throws away the photographs of a person that are not sent. */
export async function wipePages(owner: string): Promise<void> {
  try {
    const db = await open();
    for (const { linkId, type } of await db.getAll('pages'))
      if (linkId === owner) await db.delete('pages', [linkId, type]);
  } catch {
    // A private window keeps nothing.
  }
}
