import type { Readable } from 'node:stream';

/** A file whose bytes are on disk and synced, but which nothing refers to yet. */
export interface ReceivedFile {
  /** Id of the document it is to become. */
  id: string;
  size: number;
  /** Hexadecimal. */
  sha256: string;
  /** Its first bytes, enough for `sniffFileKind`. */
  head: Uint8Array;
}

/** Where originals and derivatives live; keys come from document ids, never from file names. */
export interface FileStorage {
  /**
   * Streams `source` into quarantine, hashes it on the way and syncs it; throws FileTooLarge, StorageFull, or whatever
   * `onHead` throws (it sees the first bytes before anything is written). A failure leaves nothing behind, and leaves
   * the rest of `source` unread.
   */
  receive(
    id: string,
    source: Readable,
    options: { limit: number; onHead?: (head: Uint8Array) => void },
  ): Promise<ReceivedFile>;
  /** The same facts of a file that another door has already written to `path`. */
  inspect(id: string, path: string): Promise<ReceivedFile>;
  /** Moves a quarantined file (or `path`) to its final key; survives a power cut from here on. Harmless when repeated. */
  keep(id: string, path?: string): Promise<string>;
  /** Removes a quarantined file, if it is there. */
  discard(id: string): Promise<void>;
  /** Writes a derivative whole or not at all; an older one is replaced. */
  put(key: string, content: Uint8Array): Promise<void>;
  /** Throws FileMissing before the first byte when there is no such key. */
  open(key: string): Promise<{ stream: Readable; size: number }>;
  /** Bytes of a key, or null when there is none. */
  size(key: string): Promise<number | null>;
  /** Where a decoder can read the file. */
  path(key: string): string;
  remove(key: string): Promise<void>;
  /** Removes the original of a document and everything made of it. */
  removeDocument(documentId: string): Promise<void>;
  /** Originals and derivatives untouched for `olderThan` milliseconds, with the document each belongs to. */
  list(olderThan: number): AsyncIterable<{ key: string; documentId: string }>;
  /** Removes what uploads that never ended have left; returns how many files. */
  sweep(folder: 'quarantine' | 'uploads', olderThan: number): Promise<number>;
  /** Puts a file aside, out of everybody's reach. */
  toTrash(key: string): Promise<void>;
  /** Brings a file back to its key. */
  fromTrash(key: string): Promise<void>;
  /** What was put aside, with its original key and how many milliseconds ago. */
  listTrash(): AsyncIterable<{ key: string; documentId: string; age: number }>;
  /** Removes for good what was put aside. */
  removeTrash(key: string): Promise<void>;
  /** The id of the installation these files belong to; null when nobody has marked them yet. */
  readMark(): Promise<string | null>;
  /** Marks the files; the first of several wins. */
  writeMark(identity: string): Promise<void>;
}

/** Where the mark lies, beside the folders. */
export const MARK = 'installation';

export class FileTooLarge extends Error {}
export class FileMissing extends Error {}
/** The disk is full, or the quota is used up. */
export class StorageFull extends Error {}

/** `page-3` is a picture as `preview` is, `strip-3-2` a part of that page in full; `text-3` are its words as JSON. */
export type Derivative =
  | 'preview'
  | 'thumbnail'
  | `page-${number}`
  | `strip-${number}-${number}`
  | `text-${number}`;

/** Key of a document's original; the day in it is the one in the id (UUIDv7), so that folders stay small. */
export function originalKey(documentId: string): string {
  return `originals/${dayOf(documentId)}/${documentId}`;
}

/** Key of what the worker makes of an original. */
export function derivativeKey(documentId: string, derivative: Derivative): string {
  const kind = derivative.startsWith('text-') ? 'json' : 'webp';
  return `derivatives/${dayOf(documentId)}/${documentId}.${derivative}.${kind}`;
}

function dayOf(uuidv7: string): string {
  return new Date(Number.parseInt(uuidv7.replaceAll('-', '').slice(0, 12), 16)).toISOString().slice(0, 10);
}
