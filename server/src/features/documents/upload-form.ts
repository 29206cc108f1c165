import { finished } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import { type FileStorage, FileTooLarge } from '@qijian/core/files/file-storage.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { isText } from '../../http/text.ts';
import { watchNames } from './form-file-names.ts';
import {
  type Arrival,
  arrival,
  type Page,
  pageOf,
  problemOf,
  requireAcceptedKind,
} from './ingest.service.ts';

/** Room for boundaries, part headers and fields in the size of a whole request. */
const FORM_OVERHEAD = 1024 * 1024;

/** The bytes of files a form has at least, by what its head says of it. */
export const formBytes = (request: FastifyRequest): number =>
  Math.max(0, Number(request.headers['content-length'] ?? 0) - FORM_OVERHEAD);

const FIELDS = ['type', 'source', 'groupId', 'pageIndex', 'pageTotal'];
const SOURCES = ['desk', 'phone', 'api'] as const;

export interface UploadForm {
  type: string;
  /** Null when the form does not say. */
  source: Document['source'] | null;
  /** The page of the first file; those after it are the next ones. Null when they are documents of their own. */
  page: Page | null;
  arrivals: Arrival[];
  rejected: { filename: string; problem: Problem }[];
}

/**
 * Reads a multipart form of `type` and then files, each into quarantine. A file with a fault of its own is in
 * `rejected`; a fault of the form, a full disk or a lost connection throws and leaves nothing behind.
 */
export async function readUploadForm(
  request: FastifyRequest,
  options: {
    storage: FileStorage;
    maxFileBytes: number;
    maxFiles: number;
    /** Called before the first file is read. */
    check: (type: string) => Promise<unknown>;
  },
): Promise<UploadForm> {
  const { storage, maxFileBytes, maxFiles } = options;
  if (!request.isMultipart())
    throw new Problem('unsupported-media-type', { detail: 'Send multipart/form-data' });
  if (formBytes(request) > maxFiles * maxFileBytes) {
    throw new Problem('body-too-large');
  }
  const form: UploadForm = { type: '', source: null, page: null, arrivals: [], rejected: [] };
  const paging: Record<string, string> = {};
  // Before the parser, which takes every name for UTF-8.
  const names = watchNames(request);
  const parts = request.parts({
    limits: { fileSize: maxFileBytes + 1, files: maxFiles + 1, fields: 8, fieldSize: 200, headerPairs: 20 },
  });
  const guard = guardParts(request, maxFileBytes);
  try {
    for await (const part of parts) {
      if (part.type === 'field') {
        addField(form, paging, part.fieldname, part.value);
        continue;
      }
      if (part.fieldname !== 'file') throw fieldProblem(part.fieldname, 'is not known');
      if (!form.type) throw fieldProblem('type', 'is required, before the files');
      if (form.arrivals.length + form.rejected.length === maxFiles) throw new Problem('too-many-files');
      if (form.arrivals.length + form.rejected.length === 0) await options.check(form.type);
      guard.watch(part);
      await receiveFile(form, part, names.shift() ?? part.filename ?? '', storage, maxFileBytes, guard);
    }
    if (!form.type) throw fieldProblem('type', 'is required');
    form.page = pageOf(paging);
    if (form.arrivals.length + form.rejected.length === 0)
      throw fieldProblem('file', 'at least one is required');
    return form;
  } catch (error) {
    await Promise.all(form.arrivals.map(({ received }) => storage.discard(received.id)));
    throw isMalformed(error) ? new Problem('malformed-request') : error;
  }
}

/** What the parser says of a form that is none, or breaks off; its errors have no code. */
function isMalformed(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined && /multipart|the needle cannot/i.test(message ?? '');
}

async function receiveFile(
  form: UploadForm,
  part: MultipartFile,
  filename: string,
  storage: FileStorage,
  limit: number,
  guard: Guard,
): Promise<void> {
  try {
    const received = await storage.receive(uuidv7(), part.file, { limit, onHead: requireAcceptedKind });
    form.arrivals.push(arrival(received, filename));
  } catch (error) {
    const problem = problemOf(error);
    if (!(problem instanceof Problem) || problem.type === 'storage-full' || guard.tripped) throw problem;
    form.rejected.push({ filename, problem });
    // Those after it are not to be lost.
    part.file.resume();
    await finished(part.file).catch((error) => {
      throw problemOf(error);
    });
  }
}

interface Guard {
  tripped: boolean;
  watch(part: MultipartFile): void;
}

/** Stops reading the request once one part has grown to twice the limit: it is refused, but not swallowed whole. */
function guardParts(request: FastifyRequest, limit: number): Guard {
  let current: MultipartFile | null = null;
  let seen = 0;
  const guard: Guard = {
    tripped: false,
    watch(part) {
      if (!current) request.raw.on('data', count);
      current = part;
      seen = 0;
    },
  };
  function count(chunk: Buffer): void {
    seen += chunk.length;
    if (seen <= 2 * limit || guard.tripped) return;
    guard.tripped = true;
    request.raw.unpipe();
    request.raw.pause();
    current?.file.destroy(new FileTooLarge());
  }
  return guard;
}

function addField(form: UploadForm, paging: Record<string, string>, name: string, value: unknown): void {
  if (!FIELDS.includes(name)) throw fieldProblem(name, 'is not known');
  if (typeof value !== 'string' || value === '') throw fieldProblem(name, 'must not be empty');
  if (!isText(value)) throw fieldProblem(name, 'is not text');
  if (form.arrivals.length + form.rejected.length > 0) throw fieldProblem(name, 'must come before the files');
  const known = name === 'type' ? form.type : name === 'source' ? form.source : paging[name];
  if (known) throw fieldProblem(name, 'is given twice');
  if (name === 'type') form.type = value;
  else if (name === 'groupId' || name === 'pageIndex' || name === 'pageTotal') paging[name] = value;
  else if (SOURCES.includes(value as never)) form.source = value as Document['source'];
  else throw fieldProblem('source', `must be one of ${SOURCES.join(', ')}`);
}
