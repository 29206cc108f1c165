import multipart from '@fastify/multipart';
import { notify } from '@qijian/core/notify.ts';
import { readAdministrators } from '@qijian/db/queries/users.ts';
import { type Document, documentEndpoints } from '@qijian/domain/contract/api/documents.ts';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';
import { serve, serveRaw } from '../../http/endpoint.ts';
import { actorOf, principalOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { askForPreviews } from './ask-for-previews.ts';
import {
  deleteDocument,
  getDocument,
  listOfCustomer,
  moveDocument,
  openOriginal,
  restoreDocument,
  retryDocument,
  settleDocument,
} from './documents.service.ts';
import { receiveForm } from './form-door.ts';
import { uploaderOf } from './ingest.service.ts';
import { openPage, openThumbnail, readPageText } from './pages.service.ts';

/** Originals that one person takes within ten minutes in the course of ordinary work; more is told. */
const MANY_DOWNLOADS = 50;

/** Documents of customers: the multipart door, and everything that happens to a stored document but its review. */
export const documentRoutes: FastifyPluginAsync = async (app) => {
  const { config, db, storage } = app;
  const pages = { db, storage, jobs: app.jobs };
  await app.register(multipart, { throwFileSizeLimit: false });

  serve(app, documentEndpoints.listDocuments, async (request) => ({
    items: await listOfCustomer(db, request.params.id),
  }));

  serveRaw(app, documentEndpoints.addDocuments, (request, reply) =>
    receiveForm(app, request, reply, {
      customerId: request.params.id,
      maxFiles: config.MAX_FILES_PER_REQUEST,
      uploader: (source) => uploaderOf(principalOf(request), source),
      answer: (added) => added,
    }),
  );

  serve(app, documentEndpoints.readDocument, (request) => getDocument(db, request.params.id));

  serve(app, documentEndpoints.deleteDocument, async (request) => {
    await app.command(request, (tx) => deleteDocument(tx, principalOf(request), request.params.id));
  });

  serve(app, documentEndpoints.restoreDocument, async (request) => {
    const document = await app.command(request, (tx) =>
      restoreDocument(tx, principalOf(request), request.params.id),
    );
    askForPreviews(app, [document]);
    return document;
  });

  serve(app, documentEndpoints.moveDocument, (request) =>
    app.command(request, (tx) =>
      moveDocument(tx, principalOf(request), request.params.id, request.body.type),
    ),
  );

  serve(app, documentEndpoints.settleDocument, (request) =>
    app.command(request, (tx) => settleDocument(tx, principalOf(request), request.params.id)),
  );

  serve(app, documentEndpoints.retryDocument, async (request) => {
    const document = await app.command(request, (tx) =>
      retryDocument(tx, principalOf(request), request.params.id),
    );
    askForPreviews(app, [document]);
    return document;
  });

  serveRaw(app, documentEndpoints.readFile, async (request, reply) => {
    const principal = principalOf(request);
    const downloads = await app.limit('downloads', principal.userId);
    const file = await openOriginal(db, storage, principal, request.params.id);
    if (downloads > MANY_DOWNLOADS && !(await app.count('manyDownloads', principal.userId)).isTooMany)
      await tellOfDownloads(app, principal, file.document);
    const { filename, mime } = file.document;
    return sealed(reply)
      .header('content-type', mime)
      .header('content-length', file.size)
      .header('content-disposition', attachment(filename))
      .header('cache-control', 'no-store')
      .send(file.stream);
  });

  serveRaw(app, documentEndpoints.readPreview, async (request, reply) => {
    const { page = 1, strip } = request.query;
    const part = { documentId: request.params.id, page, strip };
    const picture = await openPage(pages, principalOf(request), part);
    return sealed(reply)
      .header('content-type', 'image/webp')
      .header('cache-control', 'no-store')
      .send(picture);
  });

  serve(app, documentEndpoints.readPageText, (request) =>
    readPageText(pages, principalOf(request), request.params.id, request.params.page),
  );

  serveRaw(app, documentEndpoints.readThumbnail, async (request, reply) => {
    const { tag, picture } = await openThumbnail(
      pages,
      principalOf(request),
      request.params.id,
      request.query.page ?? 1,
      request.headers['if-none-match'],
    );
    // The browser may cache it but must revalidate, so that lost access takes effect at once.
    sealed(reply).header('cache-control', 'private, no-cache').header('etag', tag);
    return picture ? reply.header('content-type', 'image/webp').send(picture) : reply.code(304).send();
  });
};

/** Tells the administrators that somebody takes originals by the dozen. */
async function tellOfDownloads(
  app: FastifyInstance,
  principal: Principal,
  document: Document,
): Promise<void> {
  await app.live.during(() =>
    app.db.transaction(async (tx) =>
      notify(tx, [
        {
          kind: 'many-downloads',
          customerId: document.customerId,
          documentId: document.id,
          actor: actorOf(principal),
          to: await readAdministrators(tx),
        },
      ]),
    ),
  );
}

/** Bytes that somebody uploaded never become a page of ours. */
function sealed(reply: FastifyReply): FastifyReply {
  return reply
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('cross-origin-resource-policy', 'same-origin');
}

/** RFC 6266: an ASCII name for old clients, the real one in UTF-8. */
function attachment(filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(filename).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
