import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type FileStorage, originalKey, StorageFull } from '@qijian/core/files/file-storage.ts';
import { FileStore } from '@tus/file-store';
import type { Upload } from '@tus/server';

export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256'] as const;

/** What the sender says of the bytes of one request (tus checksum extension). */
export interface Checksum {
  algorithm: (typeof CHECKSUM_ALGORITHMS)[number];
  digest: Buffer;
}

export class ChecksumMismatch extends Error {}

/** What the store has to know of the request it writes for. */
export interface WriteContext {
  checksum: Checksum | null;
  onProgress(offset: number): void;
}

/**
 * Unfinished uploads on disk, `<id>` beside `<id>.json`, shared by all server processes. An offset that was answered
 * is synced to disk. Once a document has taken the file over, the upload still shows as complete.
 */
export class UploadStore extends FileStore {
  readonly #storage: FileStorage;
  readonly #context: () => WriteContext;

  constructor(options: {
    directory: string;
    expiresAfter: number;
    storage: FileStorage;
    context: () => WriteContext;
  }) {
    super({ directory: options.directory, expirationPeriodInMilliseconds: options.expiresAfter });
    this.#storage = options.storage;
    this.#context = options.context;
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'expiration', 'checksum'];
  }

  path(id: string): string {
    return join(this.directory, id);
  }

  override async create(file: Upload): Promise<Upload> {
    return super.create(file).catch(asStorageError);
  }

  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const taken = await this.#storage.size(originalKey(id));
    // The last piece is sent again because its answer was lost.
    if (taken === offset) return offset;
    const { checksum, onProgress } = this.#context();
    const hash = checksum ? createHash(checksum.algorithm) : null;
    const file = await open(this.path(id), 'r+');
    let position = offset;
    try {
      // What a process that died had not checked is cut off here, where the upload is locked.
      await file.truncate(offset);
      // Bytes that are not yet checked must not count, for whoever asks meanwhile and if this process dies.
      if (checksum) await writeFile(this.#unchecked(id), String(offset));
      else await rm(this.#unchecked(id), { force: true });
      for await (const chunk of readable as AsyncIterable<Buffer>) {
        hash?.update(chunk);
        position = await writeAt(file, chunk, position);
        onProgress(position);
      }
      if (hash && !hash.digest().equals(checksum?.digest as Buffer)) throw new ChecksumMismatch();
      await file.datasync();
      return position;
    } catch (error) {
      if (checksum) await file.truncate(offset);
      return asStorageError(error);
    } finally {
      await file.close();
      if (checksum) await rm(this.#unchecked(id), { force: true });
    }
  }

  override async getUpload(id: string): Promise<Upload> {
    try {
      const upload = await super.getUpload(id);
      // Read after the size, so that bytes written before the mark appeared do not count.
      const marked = await readFile(this.#unchecked(id), 'utf8').catch(() => null);
      return marked === null ? upload : Object.assign(upload, { offset: Number(marked) });
    } catch (error) {
      const [upload, size] = await Promise.all([
        this.configstore.get(id),
        this.#storage.size(originalKey(id)).catch(() => null),
      ]);
      if (!upload || size === null) throw error;
      return Object.assign(upload, { offset: size });
    }
  }

  override async remove(id: string): Promise<void> {
    await rm(this.#unchecked(id), { force: true });
    await rm(this.path(id), { force: true });
    await this.configstore.delete(id);
  }

  #unchecked(id: string): string {
    return `${this.path(id)}.unchecked`;
  }
}

async function writeAt(file: FileHandle, chunk: Buffer, position: number): Promise<number> {
  let written = 0;
  while (written < chunk.length) {
    written += (await file.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
  }
  return position + written;
}

function asStorageError(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw code === 'ENOSPC' || code === 'EDQUOT' ? new StorageFull('storage is full', { cause: error }) : error;
}
