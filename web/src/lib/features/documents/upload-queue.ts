import type { ProblemBody, ProblemCode } from '@qijian/domain/contract/problems.ts';
import { type FileMime, isPictureSequence, sniffFileKind } from '@qijian/domain/rules/file-kinds.ts';
import { MAX_PIXELS, pictureSize, SIZE_BYTES, type Size } from '@qijian/domain/rules/picture-size.ts';
import { LINK_ENDS } from '@qijian/domain/rules/upload-links.ts';
import { limits } from '#lib/limits.ts';
import { m } from '#lib/paraglide/messages.js';
import type { StoredUpload } from './upload-store.ts';

/** What the file pickers offer; the server decides by content. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf';

/** `arrived`: the server has it; shown until the document itself is on the screen. */
export type UploadState = 'preparing' | 'waiting' | 'uploading' | 'paused' | 'failed' | 'arrived';

/** Why a file is not sent; `file-gone`: it could not be read any more. */
export type UploadProblem = ProblemCode | 'file-gone';

export interface QueuedUpload extends Omit<StoredUpload, 'blob'> {
  state: UploadState;
  percent: number;
  /** Where it went on after a cut; 0 when it did not have to. */
  resumedAt: number;
  size: number;
  problem: UploadProblem | null;
}

export const PARALLEL = 3;
const PASSING = [408, 409, 423, 425, 429];
const STORAGE_FULL = 507;

/** What of an entry is kept with its file. */
export function storable(upload: QueuedUpload): Omit<StoredUpload, 'blob'> {
  const { id, userId, customerId, customerName, type, filename, url, createdAt, isPrepared, group } = upload;
  return { id, userId, customerId, customerName, type, filename, url, createdAt, isPrepared, group };
}

/** The entry of a file that was chosen now. */
export function chosen(file: File, of: Omit<StoredUpload, 'blob' | 'filename' | 'url'>): QueuedUpload {
  const filename = file.name || `${m.pasted_file()}.png`;
  return {
    ...of,
    filename,
    url: null,
    state: 'preparing',
    percent: 0,
    resumedAt: 0,
    size: file.size,
    problem: null,
  };
}

/** An entry as an earlier page left it. */
export function restored({ blob, ...rest }: StoredUpload): QueuedUpload {
  const state = rest.isPrepared ? 'waiting' : 'preparing';
  return { ...rest, state, percent: 0, resumedAt: 0, size: blob.size, problem: null };
}

/** Adds an entry in the order in which people chose their files. */
export function withUpload(list: readonly QueuedUpload[], upload: QueuedUpload): QueuedUpload[] {
  return [...list.filter((known) => known.id !== upload.id), upload].sort(
    (a, b) => a.createdAt - b.createdAt,
  );
}

export function withChange(
  list: readonly QueuedUpload[],
  id: string,
  change: Partial<QueuedUpload>,
): QueuedUpload[] {
  return list.map((upload) => (upload.id === id ? { ...upload, ...change } : upload));
}

/** Which entries may start now; what failed or waits for the network never holds others up. */
export function startable(list: readonly QueuedUpload[], running: ReadonlySet<string>): string[] {
  return list
    .filter((upload) => upload.state === 'waiting' && !running.has(upload.id))
    .slice(0, Math.max(0, PARALLEL - running.size))
    .map((upload) => upload.id);
}

/** Everything that is neither there nor given up. */
export function underWay(list: readonly QueuedUpload[]): QueuedUpload[] {
  return list.filter((upload) => upload.state !== 'arrived' && upload.state !== 'failed');
}

/** The document an upload becomes has the upload's id. */
export function documentIdOf(upload: { url: string | null }): string | null {
  return upload.url?.split('/').at(-1) ?? null;
}

/** Whether asking again would get the same answer. */
export function isFinal(status: number | undefined): boolean {
  if (status === undefined) return false;
  return status === STORAGE_FULL || (status >= 400 && status < 500 && !PASSING.includes(status));
}

const LATER: readonly UploadProblem[] = [
  'not-signed-in',
  'storage-full',
  'unavailable',
  'internal',
  // Another link may accept them.
  'link-not-found',
  ...LINK_ENDS,
  'link-locked',
  'link-files-exceeded',
  'link-bytes-exceeded',
];

/** Whether the same file may be accepted at another time, or by another link. */
export function mayWorkLater(problem: UploadProblem): boolean {
  return LATER.includes(problem);
}

/** What becomes of an upload the server refused; one it no longer knows begins again. */
export function afterRefusal(upload: { url: string | null }, body: string): Partial<QueuedUpload> {
  let problem: ProblemCode = 'internal';
  try {
    problem = (JSON.parse(body) as ProblemBody).type;
  } catch {
    // Not one of our answers; reported as an internal error.
  }
  if (problem === 'not-found' && upload.url) return { url: null, state: 'waiting', percent: 0, resumedAt: 0 };
  return { state: 'failed', problem };
}

/**
 * A file's bytes as they are now, as a blob of their own; null when they cannot be read. What a file was chosen from
 * may be moved, changed, or be a cloud's; Safari sends blobs out of its database empty.
 */
export async function copyOf(file: Blob): Promise<Blob | null> {
  try {
    const bytes = await file.arrayBuffer();
    return bytes.byteLength === file.size ? new Blob([bytes], { type: file.type }) : null;
  } catch {
    return null;
  }
}

/** Chosen files as copies of their own; those that cannot be read are left out, and told of once. */
export async function ownCopies(files: readonly File[], gone: () => void): Promise<File[]> {
  const copies: File[] = [];
  for (const file of files) {
    const bytes = await copyOf(file);
    if (bytes) copies.push(new File([bytes], file.name, { type: file.type }));
  }
  if (copies.length < files.length) gone();
  return copies;
}

/** Kind and, where its first bytes tell, pixels of a chosen file, or why the server would refuse it. */
export async function inspectFile(
  file: Blob,
): Promise<{ kind: FileMime; pixels: Size | null } | { problem: UploadProblem }> {
  if (file.size === 0) return { problem: 'file-empty' };
  const head = new Uint8Array(await file.slice(0, SIZE_BYTES).arrayBuffer());
  const kind = sniffFileKind(head);
  if (kind) return { kind, pixels: pictureSize(head, kind) };
  return { problem: isPictureSequence(head) ? 'picture-sequence' : 'unsupported-file' };
}

/** Why a file that is sent like this would be refused or never be shown; said before a byte is sent. */
export function refusal(file: Blob, pixels: Size | null): ProblemCode | null {
  if (file.size > limits.maxFileBytes) return 'file-too-large';
  return pixels && pixels.width * pixels.height > MAX_PIXELS ? 'too-many-pixels' : null;
}
