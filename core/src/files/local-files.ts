import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import {
  access,
  type FileHandle,
  link,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SNIFF_BYTES } from '@qijian/domain/rules/file-kinds.ts';
import { v7 as uuidv7 } from 'uuid';
import {
  derivativeKey,
  FileMissing,
  type FileStorage,
  FileTooLarge,
  MARK,
  originalKey,
  StorageFull,
} from './file-storage.ts';

/** Written at once: few system calls, and little memory for every upload under way. */
const BATCH_BYTES = 256 * 1024;
const TRASH = 'trash';
const DOCUMENT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Files on the disk of this machine, below `root`, which several processes may share. */
export function openLocalFiles(root: string): FileStorage {
  const pathOf = (key: string) => join(root, key);
  const quarantined = (id: string) => join(root, 'quarantine', id);
  const syncFolder = folderSync();
  const knownFolders = new Set<string>();

  /** Makes a folder durable together with the entries that lead to it. */
  async function ensureFolder(folder: string): Promise<void> {
    if (knownFolders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let at = folder; at.length >= root.length; at = dirname(at)) await syncFolder(dirname(at));
    knownFolders.add(folder);
  }

  /** Runs `write` on a new quarantined file and syncs it; on failure nothing stays. */
  async function writeQuarantined<T>(id: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
    const path = quarantined(id);
    await ensureFolder(dirname(path));
    const file = await open(path, 'wx', 0o600).catch(asStorageError);
    try {
      const result = await write(file);
      await file.datasync();
      return result;
    } catch (error) {
      await rm(path, { force: true });
      return asStorageError(error);
    } finally {
      await file.close();
    }
  }

  async function moveTo(key: string, from: string): Promise<void> {
    const to = pathOf(key);
    try {
      await ensureFolder(dirname(to));
      await rename(from, to);
      await syncFolder(dirname(to));
    } catch (error) {
      if (!isCode(error, 'ENOENT')) return asStorageError(error);
      // Moved before by a process that died between the move and the commit; or the folder was swept as empty.
      knownFolders.delete(dirname(to));
      if (!(await exists(to))) {
        await ensureFolder(dirname(to));
        await rename(from, to);
      }
      await syncFolder(dirname(to));
    }
  }

  /** Originals and derivatives below `base`; `key` is the one without it. */
  async function* documentFiles(base: string) {
    const now = Date.now();
    for (const kind of ['originals', 'derivatives']) {
      for await (const day of entries(pathOf(join(base, kind)))) {
        for await (const name of entries(pathOf(join(base, kind, day)))) {
          const documentId = DOCUMENT_ID.exec(name)?.[0];
          const key = `${kind}/${day}/${name}`;
          if (documentId) yield { key, documentId, age: now - (await lastTouched(pathOf(join(base, key)))) };
        }
      }
    }
  }

  return {
    receive: (id, source, options) =>
      writeQuarantined(id, async (file) => {
        const sink = new HashingSink(file, options.onHead);
        for await (const chunk of source.iterator({ destroyOnReturn: false })) {
          if (sink.size + chunk.length > options.limit) throw new FileTooLarge();
          const writing = sink.add(chunk);
          if (writing) await writing;
        }
        return { id, ...(await sink.end()) };
      }),

    async inspect(id, path) {
      const sink = new HashingSink(null);
      for await (const chunk of createReadStream(path, { highWaterMark: BATCH_BYTES })) await sink.add(chunk);
      return { id, ...(await sink.end()) };
    },

    async keep(id, path = quarantined(id)) {
      const key = originalKey(id);
      await moveTo(key, path);
      return key;
    },

    discard: (id) => rm(quarantined(id), { force: true }),

    async put(key, content) {
      const id = uuidv7();
      await writeQuarantined(id, (file) => file.writeFile(content));
      await moveTo(key, quarantined(id));
    },

    async open(key) {
      const file = await open(pathOf(key), 'r').catch((error) => {
        throw isCode(error, 'ENOENT') ? new FileMissing(key) : error;
      });
      const { size } = await file.stat();
      return { stream: file.createReadStream({ highWaterMark: 256 * 1024 }), size };
    },

    async size(key) {
      const found = await stat(pathOf(key)).catch((error) => {
        if (isCode(error, 'ENOENT')) return null;
        throw error;
      });
      return found?.size ?? null;
    },

    path: pathOf,
    remove: (key) => rm(pathOf(key), { force: true }),

    async removeDocument(documentId) {
      const derivatives = dirname(derivativeKey(documentId, 'preview'));
      for await (const name of entries(pathOf(derivatives))) {
        if (name.startsWith(documentId)) await rm(pathOf(join(derivatives, name)), { force: true });
      }
      await rm(pathOf(originalKey(documentId)), { force: true });
    },

    async *list(olderThan) {
      for await (const file of documentFiles('')) if (file.age > olderThan) yield file;
    },

    toTrash: (key) => moveTo(join(TRASH, key), pathOf(key)),
    fromTrash: (key) => moveTo(key, pathOf(join(TRASH, key))),
    listTrash: () => documentFiles(TRASH),
    removeTrash: (key) => rm(pathOf(join(TRASH, key)), { force: true }),

    async readMark() {
      const text = await readFile(pathOf(MARK), 'utf8').catch((error) => {
        if (isCode(error, 'ENOENT')) return '';
        throw error;
      });
      return text.trim() || null;
    },

    async writeMark(identity) {
      const id = uuidv7();
      await writeQuarantined(id, (file) => file.writeFile(`${identity}\n`));
      try {
        // A link, unlike a rename, never replaces what another process has written meanwhile.
        await link(quarantined(id), pathOf(MARK)).catch((error) => {
          if (!isCode(error, 'EEXIST')) throw error;
        });
        await syncFolder(root);
      } finally {
        await rm(quarantined(id), { force: true });
      }
    },

    async sweep(folder, olderThan) {
      const before = Date.now() - olderThan;
      let removed = 0;
      for await (const name of entries(pathOf(folder))) {
        const path = join(pathOf(folder), name);
        if ((await lastTouched(path)) >= before) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}

/** Hashes what passes through and writes it in large pieces, one of them under way while the next is gathered. */
class HashingSink {
  size = 0;
  readonly #file: FileHandle | null;
  readonly #onHead: ((head: Uint8Array) => void) | undefined;
  readonly #hash: Hash = createHash('sha256');
  #head: Uint8Array = new Uint8Array(0);
  #headSeen = false;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle | null, onHead?: (head: Uint8Array) => void) {
    this.#file = file;
    this.#onHead = onHead;
  }

  /** Returns a promise only when the source should wait. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    this.size += chunk.length;
    if (!this.#headSeen) this.#addHead(chunk);
    this.#hash.update(chunk);
    if (!this.#file) return undefined;
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    if (this.#batchBytes < BATCH_BYTES) return undefined;
    return this.#flush();
  }

  async end(): Promise<{ size: number; sha256: string; head: Uint8Array }> {
    if (!this.#headSeen) this.#onHead?.(this.#head);
    if (this.#batchBytes > 0) await this.#flush();
    await this.#writing;
    return { size: this.size, sha256: this.#hash.digest('hex'), head: this.#head };
  }

  #addHead(chunk: Uint8Array): void {
    const missing = SNIFF_BYTES - this.#head.length;
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, missing)]);
    if (this.#head.length < SNIFF_BYTES) return;
    this.#headSeen = true;
    this.#onHead?.(this.#head);
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    const bytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#writing;
    this.#writing = writeAll(this.#file as FileHandle, batch, bytes);
    // The next call awaits it; until then a failure must not count as unhandled.
    this.#writing.catch(() => {});
  }
}

async function writeAll(file: FileHandle, batch: Uint8Array[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(batch);
  if (bytesWritten === bytes) return;
  const rest = Buffer.concat(batch).subarray(bytesWritten);
  for (let at = 0; at < rest.length; ) at += (await file.write(rest, at)).bytesWritten;
}

/** Syncs folders; callers that arrive while a sync runs share the next one, so many uploads cost few journal commits. */
function folderSync(): (folder: string) => Promise<void> {
  const waiting = new Map<string, Promise<void>>();
  const running = new Map<string, Promise<void>>();
  return (folder) => {
    const shared = waiting.get(folder);
    if (shared) return shared;
    const next = (running.get(folder) ?? Promise.resolve())
      .catch(() => {})
      .then(async () => {
        waiting.delete(folder);
        running.set(folder, next);
        const handle = await open(folder, constants.O_RDONLY);
        try {
          await handle.sync();
        } finally {
          await handle.close();
          if (running.get(folder) === next) running.delete(folder);
        }
      });
    waiting.set(folder, next);
    return next;
  };
}

async function* entries(folder: string): AsyncIterable<string> {
  const listing = await opendir(folder).catch((error) => {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (!listing) return;
  for await (const entry of listing) yield entry.name;
}

/** Infinity when the file has gone meanwhile; a move counts as a touch. */
async function lastTouched(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found ? Math.max(found.mtimeMs, found.ctimeMs) : Number.POSITIVE_INFINITY;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function asStorageError(error: unknown): never {
  throw isCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')
    ? new StorageFull('storage is full', { cause: error })
    : error;
}
