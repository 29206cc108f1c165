import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { originalKey } from '@qijian/db/files/file-storage.ts';
import { UPLOADS_EXPIRE_AFTER } from '@qijian/db/files/sweep.ts';
import { readDocument } from '@qijian/db/queries/documents.ts';
import { openUploadLocks } from '@qijian/db/queries/upload-locks.ts';
import type { Document, UploadMetadata } from '@qijian/domain/contract/api/documents.ts';
import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { visibleName } from '@qijian/domain/rules/file-kinds.ts';
import { Server, type Upload } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuidv7, validate } from 'uuid';
import { Problem } from '../../plugins/problem.ts';
import { actorOf, type Principal, principalOf } from '../../plugins/session.ts';
import { filesFolder } from '../../storage/storage.ts';
import { registerSweep } from '../../storage/sweep-timer.ts';
import { askForWork } from './documents.routes.ts';
import { arrival, checkUpload, ingest, problemOf, uploaderOf } from './ingest.service.ts';
import { leaveUnread } from './leave-unread.ts';
import { UploadLocker } from './upload-locker.ts';
import { CHECKSUM_ALGORITHMS, type Checksum, ChecksumMismatch, UploadStore } from './upload-store.ts';

const PATH = '/api/uploads';
/** Names the document once it is committed; its id is the upload's. */
const DOCUMENT_HEADER = 'upload-document-id';

type StoredMetadata = { customerId: string; type: string; filename: string; source: string; userId: string };

/** What the library's hooks and the store need of the request they work for. */
interface Current {
  principal: Principal;
  checksum: Checksum | null;
  upload: Upload | null;
  document: Document | null;
  error: unknown;
}

/** The resumable door: tus 1.0 with creation, creation-with-upload, checksum, termination and expiration. */
export const uploadRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db, storage } = app;
  const current = new AsyncLocalStorage<Current>();
  const directory = join(filesFolder(config), 'uploads');
  mkdirSync(directory, { recursive: true, mode: 0o700 });

  const store = new UploadStore({
    directory,
    expiresAfter: UPLOADS_EXPIRE_AFTER,
    storage,
    context: () => {
      const context = now();
      return { checksum: context.checksum, onProgress: (offset) => report(context, offset) };
    },
  });
  const locker = new UploadLocker((onReleaseAsked) =>
    openUploadLocks(config.DATABASE_URL, onReleaseAsked, (error) =>
      app.log.warn({ err: error }, 'upload locks'),
    ),
  );
  const tus = new Server({
    path: PATH,
    datastore: store,
    locker,
    maxSize: config.maxFileBytes,
    relativeLocation: true,
    disableTerminationForFinishedUploads: true,
    namingFunction: () => uuidv7(),
    async onUploadCreate(_request, upload) {
      return { metadata: await checkCreation(upload) };
    },
    async onIncomingRequest(request, id) {
      if (request.method === 'POST') return;
      const upload = await findOwn(id);
      // The answer to the last piece may have been lost, or this server killed before it took the file over.
      if (request.method === 'HEAD' && upload.offset === upload.size) await complete(upload);
    },
    async onUploadFinish(_request, upload) {
      await complete(upload);
      return {};
    },
    onResponseError(_request, error) {
      now().error = error;
      // Only what is thrown below is answered.
      return { status_code: 500, body: '' };
    },
  });
  tus.on('POST_CREATE', (_request, upload) => {
    now().upload = upload;
  });
  app.addHook('onClose', () => locker.close());
  registerSweep(app);

  // The library reads the body itself, as it arrives.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onSend', async (_request, reply) => {
    reply.header('tus-resumable', '1.0.0').header('tus-version', '1.0.0');
  });

  app.route({ method: 'OPTIONS', url: PATH, config: { access: 'signed-in' }, handler: handle });
  app.route({ method: 'POST', url: PATH, config: { access: 'documents.upload' }, handler: handle });
  app.route({
    method: ['HEAD', 'PATCH', 'DELETE'],
    url: `${PATH}/:id`,
    config: { access: 'documents.upload' },
    handler: handle,
  });

  async function handle(request: FastifyRequest, reply: FastifyReply) {
    const context: Current = {
      principal: principalOf(request),
      checksum: parseChecksum(request.headers['upload-checksum']),
      upload: null,
      document: null,
      error: null,
    };
    const response = await current.run(context, () => tus.handleWeb(toWebRequest(request)));
    if (response.status >= 400) leaveUnread(request, reply);
    if (context.error) throw asProblem(context.error);
    for (const [name, value] of response.headers) {
      if (!name.startsWith('access-control-')) reply.header(name, value);
    }
    if (request.method === 'OPTIONS') reply.header('tus-checksum-algorithm', CHECKSUM_ALGORITHMS.join(','));
    if (context.document) reply.header(DOCUMENT_HEADER, context.document.id);
    if (request.method === 'DELETE' && context.upload) report(context, null);
    const body = await response.text();
    return reply.code(response.status).send(body || undefined);
  }

  function now(): Current {
    const context = current.getStore();
    if (!context) throw new Error('An upload hook ran outside its request');
    return context;
  }

  /** Refuses at creation what would be refused at the end; other metadata than ours is dropped. */
  async function checkCreation(upload: Upload): Promise<StoredMetadata> {
    const { principal } = now();
    const { customerId, type, filename, source } = (upload.metadata ?? {}) as Partial<UploadMetadata>;
    const missing = Object.entries({ customerId, type, filename }).filter(([, value]) => !value);
    if (!customerId || !type || !filename) {
      throw new Problem('validation-failed', {
        errors: missing.map(([path]) => ({ path, message: 'is required in Upload-Metadata' })),
      });
    }
    if (upload.size === 0) throw new Problem('file-empty');
    if (!validate(customerId)) throw new Problem('not-found');
    await checkUpload(db, customerId, type);
    const known = source === 'desk' || source === 'phone' ? source : null;
    return {
      customerId,
      type,
      filename: visibleName(filename).slice(0, 255) || 'file',
      source: uploaderOf(principal, known).source,
      userId: principal.userId,
    };
  }

  /** Uploads of others do not exist. */
  async function findOwn(id: string): Promise<Upload> {
    const context = now();
    if (!validate(id)) throw new Problem('not-found');
    const upload = await store.getUpload(id);
    if (upload.metadata?.userId !== context.principal.userId) throw new Problem('not-found');
    context.upload = upload;
    return upload;
  }

  /** Makes a document of a finished upload; once, however often and wherever it is asked for. */
  async function complete(upload: Upload): Promise<void> {
    const context = now();
    const { customerId, type, filename, source } = upload.metadata as StoredMetadata;
    context.upload = upload;
    context.document = await locker.hold(upload.id, async () => {
      const known = await readDocument(db, upload.id, { includeDeleted: true });
      if (known) return known.document;
      const taken = (await storage.size(originalKey(upload.id))) !== null;
      const path = taken ? storage.path(originalKey(upload.id)) : store.path(upload.id);
      try {
        const arrived = arrival(await storage.inspect(upload.id, path), filename);
        const storageKey = await storage.keep(upload.id, path);
        const by = uploaderOf(context.principal, source as Document['source']);
        const { document } = await db.transaction((tx) =>
          ingest(tx, by, { customerId, type, storageKey, arrival: arrived }),
        );
        return document;
      } catch (error) {
        const problem = problemOf(error);
        if (problem instanceof Problem && problem.statusCode < 500) {
          await store.remove(upload.id);
          await rm(storage.path(originalKey(upload.id)), { force: true });
          report(context, null);
        }
        throw problem;
      }
    });
    report(context, upload.size ?? 0, true);
    app.live.flush();
    askForWork(app, [context.document]);
  }

  /** Shows colleagues how far an upload has come; 100 only once it is a document, null when it is given up. */
  function report(context: Current, offset: number | null, done = false): void {
    const { upload } = context;
    if (!upload?.size) return;
    const { customerId, type, filename } = upload.metadata as StoredMetadata;
    const percent =
      offset === null ? null : done ? 100 : Math.min(99, Math.floor((offset * 100) / upload.size));
    const actor: Actor = actorOf(context.principal);
    app.live.progress({ customerId, uploadId: upload.id, type, filename, actor, percent, size: upload.size });
  }
};

function toWebRequest(request: FastifyRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  const hasBody = request.method === 'POST' || request.method === 'PATCH';
  return new Request(new URL(request.url, 'http://upload.invalid'), {
    method: request.method,
    headers,
    ...(hasBody ? { body: Readable.toWeb(bodyOf(request)) as ReadableStream, duplex: 'half' } : {}),
  } as RequestInit);
}

/** The body as a stream that may be given up without closing the connection, on which the answer has yet to go out. */
function bodyOf(request: FastifyRequest): Readable {
  const body = new PassThrough();
  const { raw } = request;
  raw.once('error', (error) => body.destroy(error));
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('The connection was closed'));
  });
  return raw.pipe(body);
}

function parseChecksum(header: string | string[] | undefined): Checksum | null {
  if (header === undefined) return null;
  const [algorithm, digest] = String(header).split(' ');
  const known = CHECKSUM_ALGORITHMS.find((name) => name === algorithm);
  if (!known || !digest) {
    throw new Problem('malformed-request', {
      detail: `Upload-Checksum must be ${CHECKSUM_ALGORITHMS.join(' or ')} and a base64 digest`,
    });
  }
  return { algorithm: known, digest: Buffer.from(digest, 'base64') };
}

/** The library throws `{status_code, body}`; what this file threw comes back as it was. */
function asProblem(error: unknown): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof ChecksumMismatch) return new Problem('checksum-mismatch');
  const { status_code: status, body } = error as { status_code?: number; body?: string };
  const detail = body?.trim();
  if (status === 404 || status === 410) return new Problem('not-found');
  if (status === 413) return new Problem('file-too-large');
  if (status === 409)
    return new Problem('state-conflict', { detail: 'Upload-Offset is not where the upload stands' });
  if (status === 400 || status === 403 || status === 501) {
    return new Problem('malformed-request', detail ? { detail } : {});
  }
  if (status === 500 && detail?.includes('lock')) return new Problem('unavailable');
  return problemOf(error);
}
