import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PassThrough } from 'node:stream';
import { UPLOADS_EXPIRE_AFTER } from '@qijian/core/files/sweep.ts';
import { openUploadLocks } from '@qijian/db/queries/upload-locks.ts';
import type { Document, UploadMetadata } from '@qijian/domain/contract/api/documents.ts';
import type { Endpoint } from '@qijian/domain/contract/endpoint.ts';
import { visibleName } from '@qijian/domain/rules/file-kinds.ts';
import { Server, type Upload } from '@tus/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuidv7, validate } from 'uuid';
import { routeOf } from '../../http/endpoint.ts';
import { fieldProblem, fieldProblems, Problem } from '../../http/problem.ts';
import { isText } from '../../http/text.ts';
import { filesFolder } from '../../storage/storage.ts';
import { askForPreviews } from './ask-for-previews.ts';
import { finishUpload, isRefused, type Sender, type StoredMetadata } from './finish-upload.ts';
import { checkUpload, pageOf } from './ingest.service.ts';
import { leaveUnread } from './leave-unread.ts';
import { UploadLocker } from './upload-locker.ts';
import { asProblem, bodyOf, parseChecksum, toWebRequest } from './upload-request.ts';
import { CHECKSUM_ALGORITHMS, type Checksum, UploadStore } from './upload-store.ts';

/** Names the document once it is committed; its id is the upload's. */
const DOCUMENT_HEADER = 'upload-document-id';

/** How often a sender of bytes is asked about. */
const ASK_EVERY_MS = 1_000;

/** What the library's hooks and the store need of the request they work for. */
interface Current {
  sender: Sender;
  body: PassThrough | null;
  /** Why no more of the body is taken. */
  stopped: Problem | null;
  /** The id of the upload that a place was kept for. */
  reserved: string | null;
  askedAt: number;
  checksum: Checksum | null;
  upload: Upload | null;
  document: Document | null;
  error: unknown;
}

/**
 * A resumable door: tus 1.0 with creation, creation-with-upload, checksum, termination and expiration. It reads
 * bodies itself: register it in a plugin of its own.
 */
export function openUploadDoor(
  app: FastifyInstance,
  door: {
    operations: Record<'describe' | 'begin' | 'read' | 'goOn' | 'drop', Endpoint>;
    senderOf(request: FastifyRequest): Sender;
  },
): void {
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
      return { checksum: context.checksum, onProgress: (offset) => progressed(context, offset) };
    },
  });
  const locker = new UploadLocker((onReleaseAsked) =>
    openUploadLocks(config.DATABASE_URL, onReleaseAsked, (error) =>
      app.log.warn({ err: error }, 'upload locks'),
    ),
  );
  const tus = new Server({
    path: door.operations.begin.path,
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

  // The library reads the body itself, as it arrives.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onSend', async (_request, reply) => {
    reply.header('tus-resumable', '1.0.0').header('tus-version', '1.0.0');
  });

  for (const operation of Object.values(door.operations)) {
    app.route({ ...routeOf(operation), handler: handle });
  }

  async function handle(request: FastifyRequest, reply: FastifyReply) {
    const checksum = parseChecksum(request.headers['upload-checksum']);
    const context: Current = {
      sender: door.senderOf(request),
      body: bodyOf(request),
      stopped: null,
      reserved: null,
      askedAt: Date.now(),
      checksum,
      upload: null,
      document: null,
      error: null,
    };
    const response = await current.run(context, () => tus.handleWeb(toWebRequest(request, context.body)));
    if (context.error && context.reserved && !context.upload) {
      await context.sender.release(context.reserved);
    }
    if (response.status >= 400) leaveUnread(request, reply);
    // The library says of a body that breaks off only that it did.
    if (context.stopped) throw context.stopped;
    if (context.error) throw asProblem(context.error);
    // Headers that the library refuses before it asks any hook.
    if (response.status >= 400) {
      throw asProblem({ status_code: response.status, body: await response.text() });
    }
    for (const [name, value] of response.headers) {
      if (!name.startsWith('access-control-')) reply.header(name, value);
    }
    if (request.method === 'OPTIONS') reply.header('tus-checksum-algorithm', CHECKSUM_ALGORITHMS.join(','));
    if (context.document) reply.header(DOCUMENT_HEADER, context.document.id);
    if (request.method === 'DELETE' && context.upload) {
      report(context, null);
      await context.sender.release(context.upload.id);
    }
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
    const context = now();
    const { sender } = context;
    const metadata = (upload.metadata ?? {}) as Partial<UploadMetadata>;
    const { type, filename, source, groupId, pageIndex, pageTotal } = metadata;
    const missing = Object.entries({ type, filename }).filter(([, value]) => !value);
    if (!type || !filename) {
      throw fieldProblems(missing.map(([path]) => ({ path, message: 'is required in Upload-Metadata' })));
    }
    if (!isText(type)) throw fieldProblem('type', 'is not text');
    if (!upload.size) throw new Problem('file-empty');
    const customerId = sender.customerOf(metadata);
    const page = pageOf({ groupId, pageIndex, pageTotal });
    await checkUpload(db, customerId, type);
    await sender.reserve({ id: upload.id, bytes: upload.size });
    context.reserved = upload.id;
    const known = source === 'desk' || source === 'phone' ? source : null;
    return {
      customerId,
      type,
      filename: visibleName(filename).slice(0, 255) || 'file',
      source: sender.uploader(known).source,
      userId: sender.owner,
      ...(page ? { groupId: page.groupId, pageIndex: String(page.index) } : {}),
      ...(page?.total ? { pageTotal: String(page.total) } : {}),
    };
  }

  /** Uploads of others do not exist. */
  async function findOwn(id: string): Promise<Upload> {
    const context = now();
    if (!validate(id)) throw new Problem('not-found');
    const upload = await store.getUpload(id);
    const { sender } = context;
    const owner = upload.metadata?.userId ?? '';
    if (owner !== sender.owner && !(await sender.follows?.(owner))) throw new Problem('not-found');
    context.upload = upload;
    return upload;
  }

  /** Makes a document of a finished upload, and tells. */
  async function complete(upload: Upload): Promise<void> {
    const context = now();
    context.upload = upload;
    context.document = await finishUpload({ db, storage, store, locker }, upload, context.sender).catch(
      (error) => {
        if (isRefused(error)) report(context, null);
        throw error;
      },
    );
    if (!context.document) return;
    report(context, upload.size ?? 0, true);
    app.live.flush();
    askForPreviews(app, [context.document]);
  }

  /** Bytes have arrived; now and then whoever sends them is asked about, and the rest of them stays outside. */
  function progressed(context: Current, offset: number): void {
    report(context, offset);
    if (Date.now() - context.askedAt < ASK_EVERY_MS) return;
    context.askedAt = Date.now();
    context.sender.mayGoOn().catch((error) => {
      if (!(error instanceof Problem)) return;
      context.stopped = error;
      context.body?.destroy(error);
    });
  }

  /** Shows colleagues how far an upload has come; 100 only once it is a document, null when it is given up. */
  function report(context: Current, offset: number | null, done = false): void {
    const { upload } = context;
    if (!upload?.size) return;
    const { customerId, type, filename } = upload.metadata as StoredMetadata;
    const percent =
      offset === null ? null : done ? 100 : Math.min(99, Math.floor((offset * 100) / upload.size));
    const { actor } = context.sender.uploader(null);
    app.live.progress({ customerId, uploadId: upload.id, type, filename, actor, percent, size: upload.size });
  }
}
