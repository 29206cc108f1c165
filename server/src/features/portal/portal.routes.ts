import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deletePortalSession, isReplacedBy } from '@qijian/db/queries/links.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import {
  PortalChecklist,
  PortalLinkAnswer,
  PortalLinkBody,
  PortalSessionAnswer,
  PortalSessionBody,
  PortalUploadAnswer,
  PortalWaiveBody,
} from '@qijian/domain/contract/api/portal.ts';
import type { FastifyInstance } from 'fastify';
import { answerError } from '../../plugins/errors.ts';
import { Problem } from '../../plugins/problem.ts';
import { portalOf } from '../../plugins/session.ts';
import { askForPreviews } from '../documents/ask-for-previews.ts';
import { checkUpload, ingest, keepAndCommit } from '../documents/ingest.service.ts';
import { leaveUnread } from '../documents/leave-unread.ts';
import { openUploadDoor } from '../documents/upload-door.ts';
import { formBytes, readUploadForm } from '../documents/upload-form.ts';
import {
  checklistOf,
  documentAnswer,
  holdActiveLink,
  linkLimits,
  lookAtLink,
  openLink,
  portalSessionOf,
  sessionBody,
  settleUpload,
  undoUpload,
  waiveItem,
} from './portal.service.ts';
import { portalCookie, portalSessionHash } from './portal-sessions.ts';
import { checkLink, portalUploader, release, requireRoom, reserve } from './portal-uploads.ts';

/** The customer's side: a link is opened with a code, and from then on it adds documents to one file. */
export const portalRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db, storage } = app;
  const shown = { organisation: config.PORTAL_ORGANISATION || null, contact: config.PORTAL_CONTACT || null };
  keepInside(app);
  await app.register(multipart, { throwFileSizeLimit: false });

  app.post(
    '/api/portal/link',
    { config: { access: 'public' }, schema: { body: PortalLinkBody, response: { 200: PortalLinkAnswer } } },
    async (request) => lookAtLink(db, request.body.token),
  );

  app.get(
    '/api/portal/session',
    { config: { access: 'public' }, schema: { response: { 200: PortalSessionAnswer } } },
    async (request) => ({
      ...shown,
      ...(await portalSessionOf(db, portalSessionHash(config, request.headers.cookie))),
    }),
  );

  app.post(
    '/api/portal/session',
    {
      config: { access: 'public' },
      schema: { body: PortalSessionBody, response: { 200: PortalSessionAnswer } },
    },
    async (request, reply) => {
      const { sessionId, link, expiresAt } = await openLink(db, { ...request.body, address: request.ip });
      const seconds = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
      reply.header('set-cookie', portalCookie(config, sessionId, seconds));
      return { ...shown, session: sessionBody(link, expiresAt), ended: null };
    },
  );

  app.delete('/api/portal/session', { config: { access: 'public' } }, async (request, reply) => {
    const hash = portalSessionHash(config, request.headers.cookie);
    if (hash) await deletePortalSession(db, hash);
    return reply
      .header('set-cookie', portalCookie(config, '', 0))
      .code(204)
      .send();
  });

  app.get(
    '/api/portal/checklist',
    { config: { access: 'portal' }, schema: { response: { 200: PortalChecklist } } },
    async (request) => checklistOf(db, config, portalOf(request)),
  );

  app.post(
    '/api/portal/documents',
    {
      config: { access: 'portal' },
      schema: { consumes: ['multipart/form-data'], response: { 201: PortalUploadAnswer } },
    },
    async (request, reply) => {
      const principal = portalOf(request);
      const { customerId, linkId } = principal;
      const { type, page, arrivals, rejected } = await readUploadForm(request, {
        storage,
        maxFileBytes: config.maxFileBytes,
        maxFiles: Math.min(config.MAX_FILES_PER_REQUEST, linkLimits(config).files),
        async check(type) {
          await requireRoom(db, config, linkId, formBytes(request));
          await checkUpload(db, customerId, type);
        },
      }).catch((error) => {
        leaveUnread(request, reply);
        throw error;
      });
      if (arrivals.length === 0) throw rejected[0]?.problem;
      // What the Idempotency-Key is compared by.
      request.body = {
        type,
        page,
        files: arrivals.map(({ filename, received }) => [filename, received.sha256]),
      };
      const used = {
        files: arrivals.length,
        bytes: arrivals.reduce((sum, { received }) => sum + received.size, 0),
      };
      await reserve(db, config, linkId, used).catch(async (error) => {
        await Promise.all(arrivals.map(({ received }) => storage.discard(received.id)));
        throw error;
      });
      let stored = false;
      const by = portalUploader(principal);
      const ingested: Document[] = [];
      const answer = await keepAndCommit(storage, arrivals, async (keys) => {
        const answer = await app.command(request, async (tx) => {
          await holdActiveLink(tx, linkId);
          for (const [n, arrival] of arrivals.entries()) {
            const { document } = await ingest(tx, by, {
              customerId,
              type,
              storageKey: keys[n] as string,
              arrival,
              page: page && { ...page, index: page.index + n },
            });
            ingested.push(document);
          }
          stored = true;
          return {
            documents: ingested.map((document) => documentAnswer(document, linkId)),
            rejected: rejected.map(({ filename, problem }) => ({
              filename,
              problem: problem.body(request.id),
            })),
          };
        });
        return { answer, stored };
      }).finally(async () => {
        if (!stored) await release(db, linkId, used);
      });
      askForPreviews(app, ingested);
      return reply.code(201).send(answer);
    },
  );

  app.delete(
    '/api/portal/documents/:id',
    { config: { access: 'portal' }, schema: { params: IdParams } },
    async (request, reply) => {
      const principal = portalOf(request);
      await app.command(request, (tx) => undoUpload(tx, principal, request.params.id));
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/portal/documents/:id/settle',
    { config: { access: 'portal' }, schema: { params: IdParams } },
    async (request, reply) => {
      const principal = portalOf(request);
      await app.command(request, (tx) => settleUpload(tx, principal, request.params.id));
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/portal/waive',
    { config: { access: 'portal' }, schema: { body: PortalWaiveBody } },
    async (request, reply) => {
      await app.command(request, (tx) => waiveItem(tx, portalOf(request), request.body));
      return reply.code(204).send();
    },
  );
};

/** Before a link's id, in what is kept of an upload. */
const LINK = 'link:';

/**
 * The resumable door for customers who came by a link. What was begun by a link that this one replaced goes on, so that
 * a file whose last answer was lost with the old link is not sent twice.
 */
export const portalUploadRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db } = app;
  keepInside(app);
  openUploadDoor(app, {
    path: '/api/portal/uploads',
    access: 'portal',
    senderOf(request) {
      const principal = portalOf(request);
      const { linkId } = principal;
      return {
        owner: `${LINK}${linkId}`,
        follows: async (owner) =>
          owner.startsWith(LINK) && (await isReplacedBy(db, owner.slice(LINK.length), linkId)),
        uploader: () => portalUploader(principal),
        customerOf: () => principal.customerId,
        reserve: (bytes) => reserve(db, config, linkId, { files: 1, bytes }),
        release: (bytes) => release(db, linkId, { files: 1, bytes }),
        confirm: (tx) => holdActiveLink(tx, linkId),
        mayGoOn: () => checkLink(db, linkId),
      };
    },
  });
};

/** Problems of services that staff use as well may carry the staff's view of the customer: none of it goes out here. */
function keepInside(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof Problem)) return answerError(error as never, request, reply);
    const { errors, retryAfter, triesLeft } = error.extra;
    const extra = {
      ...(errors ? { errors } : {}),
      ...(retryAfter ? { retryAfter } : {}),
      ...(triesLeft === undefined ? {} : { triesLeft }),
    };
    const type = error.type === 'state-conflict' && error.extra.current ? 'portal-closed' : error.type;
    return answerError(new Problem(type, extra) as never, request, reply);
  });
}
