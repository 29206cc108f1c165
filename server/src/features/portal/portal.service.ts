import { timingSafeEqual } from 'node:crypto';
import { changeCustomer } from '@qijian/core/change-customer.ts';
import { readPortalFiles } from '@qijian/core/portal-views.ts';
import { type Db, snapshot, type Tx } from '@qijian/db/client.ts';
import { lockCustomer } from '@qijian/db/queries/customer-row.ts';
import { readDocument, settleGroup, updateDocument } from '@qijian/db/queries/documents.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import {
  countDeviceTry,
  countTry,
  holdLink,
  insertPortalSession,
  type LinkRow,
  readLink,
  readLinkByToken,
  readLinkUse,
  readPortalSession,
  toLink,
} from '@qijian/db/queries/links.ts';
import { clearAttempts } from '@qijian/db/queries/users.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { PortalChecklistAnswer, PortalLink, PortalSession } from '@qijian/domain/contract/api/portal.ts';
import { portalStream, SYSTEM } from '@qijian/domain/contract/live-events.ts';
import { acceptsDocuments } from '@qijian/domain/rules/customer-states.ts';
import { phoneStart, phoneTail } from '@qijian/domain/rules/phone.ts';
import {
  maskName,
  mayUndo,
  ownView,
  type PortalDocument,
  portalDocument,
  UNDO_WITHIN,
} from '@qijian/domain/rules/portal.ts';
import { LINK_TRIES, linkEnd } from '@qijian/domain/rules/upload-links.ts';
import type { Config } from '../../config.ts';
import { fieldProblem, Problem } from '../../http/problem.ts';
import {
  customerActor,
  type PortalPrincipal,
  personOf,
  requireActive,
  requireOpen,
} from '../../identity/portal-sessions.ts';
import { hashSecret, newSecret } from '../../identity/sessions.ts';
import { addressKey } from '../auth/auth.service.ts';
import { linkHash } from '../links/link-secret.ts';
import { recordLink } from '../links/links.service.ts';

/** A phone is asked for the code again after so long; the link may end before, and the phone is told so. */
const SESSION_MS = 7 * 86_400_000;
const DIGEST_DIGITS = 16;

/** Most files and bytes of one link. */
export const linkLimits = (config: Config) => ({
  files: config.LINK_MAX_FILES,
  bytes: config.LINK_MAX_MB * 1024 * 1024,
});

/** What the secret of a link opens; throws when it opens nothing. */
export async function lookAtLink(db: Db, token: string): Promise<PortalLink> {
  const found = await readLinkByToken(db, linkHash(token));
  if (!found) throw new Problem('link-not-found');
  requireActive(found.row);
  const [file] = await readPortalFiles(db, [found.row.customerId]);
  return {
    now: new Date().toISOString(),
    expiresAt: found.row.expiresAt.toISOString(),
    triesLeft: LINK_TRIES - found.row.failedTries,
    phoneStart: phoneStart(found.phone),
    missing: file?.view.progress.missing ?? 0,
  };
}

/**
 * Opens a link with the last four digits of the customer's phone. Every answer is counted before it is looked at, and
 * whoever answers too late learns nothing: neither whether it was right.
 */
export async function openLink(
  db: Db,
  input: { token: string; code: string; address: string },
  countOpening: (linkId: string) => Promise<unknown>,
): Promise<{ sessionId: string; link: LinkRow; expiresAt: Date }> {
  const found = await readLinkByToken(db, linkHash(input.token));
  if (!found) throw new Problem('link-not-found');
  requireActive(found.row);
  const device = `link:${found.row.id}:${addressKey(input.address)}`;
  const { allowed, secondsLeft } = await countDeviceTry(db, device);
  if (!allowed) throw new Problem('too-many-requests', { retryAfter: secondsLeft });
  const isRight = timingSafeEqual(Buffer.from(phoneTail(found.phone)), Buffer.from(input.code));
  // Whoever has the right code could fill sessions and logs with it.
  if (isRight) await countOpening(found.row.id);
  const sessionId = newSecret();
  // A wrong code must be counted, so it commits; the error is thrown afterwards.
  const outcome = await db.transaction(async (tx) => {
    const row = await countTry(tx, found.row.id, isRight);
    if (!row) return null;
    const link = toLink(row, found.creator, Date.now());
    if (!isRight) {
      await recordLink(tx, SYSTEM, link.state === 'locked' ? 'link.locked' : 'link.tried', row, link);
      return { row, link, expiresAt: null };
    }
    const expiresAt = new Date(Date.now() + SESSION_MS);
    await insertPortalSession(tx, { idHash: hashSecret(sessionId), linkId: row.id, expiresAt });
    await recordLink(tx, customerActor({ linkId: row.id, label: row.label }), 'link.opened', row, link);
    return { row, link, expiresAt };
  });
  if (!outcome) {
    const now = await readLinkByToken(db, linkHash(input.token));
    if (now) requireActive(now.row);
    throw new Problem('link-not-found');
  }
  if (outcome.expiresAt) await clearAttempts(db, device);
  if (outcome.expiresAt) return { sessionId, link: outcome.row, expiresAt: outcome.expiresAt };
  throw outcome.link.state === 'locked'
    ? new Problem('link-locked')
    : new Problem('wrong-code', {
        triesLeft: outcome.link.triesLeft,
        ...(secondsLeft > 0 ? { retryAfter: secondsLeft } : {}),
      });
}

/** The session behind a cookie, or why it opens nothing any more; looking at it counts for nothing. */
export async function portalSessionOf(
  db: Db,
  idHash: string | null,
): Promise<Pick<PortalSession, 'session' | 'ended'>> {
  const found = idHash && (await readPortalSession(db, idHash));
  if (!found) return { session: null, ended: null };
  const ended = linkEnd(found.link, Date.now());
  if (ended) return { session: null, ended };
  return { session: sessionBody(found.link, found.expiresAt), ended: null };
}

export function sessionBody(link: LinkRow, expiresAt: Date): NonNullable<PortalSession['session']> {
  return {
    linkId: link.id,
    customerId: link.customerId,
    linkDigest: link.tokenHash.slice(0, DIGEST_DIGITS),
    expiresAt: new Date(Math.min(expiresAt.getTime(), link.expiresAt.getTime())).toISOString(),
  };
}

/** Everything the customer's page shows, in one snapshot together with the head of its stream. */
export function checklistOf(
  db: Db,
  config: Config,
  { linkId, customerId }: PortalPrincipal,
): Promise<PortalChecklistAnswer> {
  return snapshot(db, async (tx) => {
    const [[file], link, used, head] = await Promise.all([
      readPortalFiles(tx, [customerId]),
      readLink(tx, linkId),
      readLinkUse(tx, linkId),
      readHead(tx, portalStream(customerId)),
    ]);
    if (!file || !link) throw new Problem('link-not-found');
    const limits = linkLimits(config);
    return {
      ...ownView(file.view, linkId),
      customer: { id: customerId, maskedName: maskName(file.name) },
      product: file.product,
      organisation: config.PORTAL_ORGANISATION || null,
      contact: config.PORTAL_CONTACT || null,
      now: new Date().toISOString(),
      link: {
        id: linkId,
        person: personOf(link),
        expiresAt: link.expiresAt.toISOString(),
        filesLeft: Math.max(0, limits.files - used.files),
        bytesLeft: Math.max(0, limits.bytes - used.bytes),
        maxFileBytes: config.maxFileBytes,
      },
      head,
    };
  });
}

/** A document that has just come by this link, as its sender may see it. */
export function documentAnswer(document: Document, linkId: string): PortalDocument {
  return portalDocument(
    {
      ...document,
      linkId,
      group: document.group ?? null,
      reasonCodes: [],
      message: null,
      region: null,
      createdAt: Date.parse(document.createdAt),
      reviewedAt: null,
    },
    { status: 'pending', submittedAt: null },
  );
}

/** The last word before something that came by a link is committed: the link stays as it is until then. */
export async function holdActiveLink(tx: Tx, linkId: string): Promise<void> {
  const link = await holdLink(tx, linkId);
  if (!link) throw new Problem('link-not-found');
  requireOpen(link);
}

/** Takes back an upload that came by this link, within half an hour and before anybody has judged it. */
export async function undoUpload(tx: Tx, principal: PortalPrincipal, documentId: string): Promise<void> {
  await holdActiveLink(tx, principal.linkId);
  const customer = await lockCustomer(tx, principal.customerId);
  const found = customer && (await readDocument(tx, documentId));
  if (!found || found.row.linkId !== principal.linkId) throw new Problem('not-found');
  const { row } = found;
  const file = { status: customer.status, submittedAt: customer.submittedAt?.getTime() ?? null };
  const createdAt = row.createdAt.getTime();
  if (!mayUndo({ ...row, createdAt }, file) || createdAt + UNDO_WITHIN < Date.now()) {
    throw new Problem('undo-too-late');
  }
  const document = await updateDocument(tx, documentId, { deletedAt: new Date() });
  await changeCustomer(tx, {
    customerId: principal.customerId,
    actor: customerActor(principal),
    type: 'document.deleted',
    data: { document },
    entity: { type: 'document', id: documentId },
    audit: { type: row.type },
  });
}

/** 就这些页: takes the pages of a document that came by this link for all of them. */
export async function settleUpload(tx: Tx, principal: PortalPrincipal, documentId: string): Promise<void> {
  await holdActiveLink(tx, principal.linkId);
  const customer = await lockCustomer(tx, principal.customerId);
  const found = customer && (await readDocument(tx, documentId));
  if (!found || found.row.linkId !== principal.linkId) throw new Problem('not-found');
  if (!acceptsDocuments(customer.status)) throw new Problem('portal-closed');
  const { groupId, pageTotal, type } = found.row;
  if (groupId === null || pageTotal === null) return;
  await settleGroup(tx, principal.customerId, groupId);
  const document = await updateDocument(tx, documentId, { pageTotal: null });
  await changeCustomer(tx, {
    customerId: principal.customerId,
    actor: customerActor(principal),
    type: 'document.settled',
    data: { document },
    entity: { type: 'document', id: documentId },
    audit: { type },
  });
}

/** 没有这项: says that there is no document of a type, where the type allows it, or takes that back. */
export async function waiveItem(
  tx: Tx,
  principal: PortalPrincipal,
  input: { type: string; waived?: boolean; reason?: string },
): Promise<void> {
  await holdActiveLink(tx, principal.linkId);
  const customer = await lockCustomer(tx, principal.customerId);
  const [file] = await readPortalFiles(tx, [principal.customerId]);
  const item = file?.view.items.find((candidate) => candidate.type === input.type);
  if (!customer || !item) {
    throw fieldProblem('type', 'is not known');
  }
  if (!item.canWaive) throw new Problem('state-conflict');
  const { waived = true } = input;
  if (customer.waivedTypes.includes(input.type) === waived) return;
  const others = customer.waivedTypes.filter((type) => type !== input.type);
  const reason = waived ? input.reason?.trim() : undefined;
  await changeCustomer(tx, {
    customerId: customer.id,
    actor: customerActor(principal),
    type: waived ? 'customer.type-waived' : 'customer.type-unwaived',
    set: { waivedTypes: waived ? [...others, input.type] : others },
    data: { documentType: input.type, ...(reason ? { reason } : {}) },
    audit: { documentType: input.type },
  });
}
