import multipart from '@fastify/multipart';
import { deletePortalSession, deleteReservation, isReplacedBy } from '@qijian/db/queries/links.ts';
import { portalEndpoints, portalUploadEndpoints } from '@qijian/domain/contract/api/portal.ts';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { serve, serveRaw } from '../../http/endpoint.ts';
import { answerError } from '../../http/errors.ts';
import { Problem } from '../../http/problem.ts';
import { portalOf } from '../../identity/authenticate.ts';
import { portalCookie, portalSessionHash } from '../../identity/portal-sessions.ts';
import { receiveForm } from '../documents/form-door.ts';
import { openUploadDoor } from '../documents/upload-door.ts';
import { formBytes } from '../documents/upload-form.ts';
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
import { checkLink, portalUploader, requireRoom, reserve } from './portal-uploads.ts';

/** The customer's side: a link is opened with a code, and from then on it adds documents to one file. */
export const portalRoutes: FastifyPluginAsync = async (app) => {
  const { config, db } = app;
  const shown = { organisation: config.PORTAL_ORGANISATION || null, contact: config.PORTAL_CONTACT || null };
  keepInside(app);
  await app.register(multipart, { throwFileSizeLimit: false });

  serve(app, portalEndpoints.lookAtLink, (request) => lookAtLink(db, request.body.token));

  serve(app, portalEndpoints.readPortalSession, async (request) => ({
    ...shown,
    ...(await portalSessionOf(db, portalSessionHash(config, request.headers.cookie))),
  }));

  serve(app, portalEndpoints.openLink, async (request, reply) => {
    const { sessionId, link, expiresAt } = await openLink(
      db,
      { ...request.body, address: request.ip },
      (linkId) => app.limit('linkOpens', linkId),
    );
    const seconds = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
    reply.header('set-cookie', portalCookie(config, sessionId, seconds));
    return { ...shown, session: sessionBody(link, expiresAt), ended: null };
  });

  serve(app, portalEndpoints.leavePortal, async (request, reply) => {
    const hash = portalSessionHash(config, request.headers.cookie);
    if (hash) await deletePortalSession(db, hash);
    reply.header('set-cookie', portalCookie(config, '', 0));
  });

  serve(app, portalEndpoints.readPortalChecklist, (request) => checklistOf(db, config, portalOf(request)));

  serveRaw(app, portalEndpoints.addPortalDocuments, async (request, reply) => {
    const principal = portalOf(request);
    const { customerId, linkId } = principal;
    return receiveForm(app, request, reply, {
      customerId,
      maxFiles: Math.min(config.MAX_FILES_PER_REQUEST, linkLimits(config).files),
      uploader: () => portalUploader(principal),
      begin: () => requireRoom(db, config, linkId, { files: 1, bytes: formBytes(request) }),
      async confirm(tx, wanted) {
        await holdActiveLink(tx, linkId);
        await requireRoom(tx, config, linkId, wanted);
      },
      answer: ({ documents, rejected }) => ({
        documents: documents.map((document) => documentAnswer(document, linkId)),
        rejected,
      }),
    });
  });

  serve(app, portalEndpoints.undoPortalUpload, async (request) => {
    await app.command(request, (tx) => undoUpload(tx, portalOf(request), request.params.id));
  });

  serve(app, portalEndpoints.settlePortalUpload, async (request) => {
    await app.command(request, (tx) => settleUpload(tx, portalOf(request), request.params.id));
  });

  serve(app, portalEndpoints.waivePortalItem, async (request) => {
    await app.command(request, (tx) => waiveItem(tx, portalOf(request), request.body));
  });
};

/** Before a link's id, in what is kept of an upload. */
const LINK = 'link:';

/**
 * The resumable door for customers who came by a link. What was begun by a link that this one replaced goes on, so that
 * a file whose last answer was lost with the old link is not sent twice.
 */
export const portalUploadRoutes: FastifyPluginAsync = async (app) => {
  const { config, db } = app;
  keepInside(app);
  openUploadDoor(app, {
    operations: {
      describe: portalUploadEndpoints.describePortalUploads,
      begin: portalUploadEndpoints.beginPortalUpload,
      read: portalUploadEndpoints.readPortalUpload,
      goOn: portalUploadEndpoints.continuePortalUpload,
      drop: portalUploadEndpoints.dropPortalUpload,
    },
    senderOf(request) {
      const principal = portalOf(request);
      const { linkId } = principal;
      return {
        owner: `${LINK}${linkId}`,
        follows: async (owner) =>
          owner.startsWith(LINK) && (await isReplacedBy(db, owner.slice(LINK.length), linkId)),
        uploader: () => portalUploader(principal),
        customerOf: () => principal.customerId,
        reserve: (upload) => reserve(db, config, linkId, upload),
        release: (uploadId) => deleteReservation(db, uploadId),
        async confirm(tx, uploadId) {
          await holdActiveLink(tx, linkId);
          await deleteReservation(tx, uploadId);
        },
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
