import { type Static, Type } from 'typebox';
import { LINK_STATES } from '../../rules/upload-links.ts';
import type { Endpoints } from '../endpoint.ts';
import { Id, IdParams, Nullable, Timestamp, VisibleTextOrEmpty } from './common.ts';
import { UserAnswer } from './users.ts';

/** An invitation for one person to add documents to one customer. Its secret is in no answer but the one that makes it. */
export const UploadLinkSchema = Type.Object(
  {
    id: Id,
    customerId: Id,
    label: Nullable(Type.String()),
    state: Type.Enum([...LINK_STATES]),
    /** Name of who made it. */
    createdBy: Type.String(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    lastOpenedAt: Nullable(Timestamp),
    openedCount: Type.Integer(),
    /** Wrong codes it still bears. */
    triesLeft: Type.Integer(),
    /** The link that was issued instead. */
    replacedBy: Nullable(Id),
  },
  { title: 'UploadLink' },
);
export type UploadLink = Static<typeof UploadLinkSchema>;
/** Newest first. */
export const UploadLinkList = Type.Object({
  items: Type.Array(UploadLinkSchema),
  /** How long a link lives that is made without saying so. */
  expiresInHours: Type.Integer(),
});
export type UploadLinks = Static<typeof UploadLinkList>;

export const CreateLinkBody = Type.Object(
  {
    expiresInHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 720 })),
    /** Who it is for, e.g. 借款人 or 共同借款人; staff see it, the customer does not. */
    label: Type.Optional(VisibleTextOrEmpty(40)),
  },
  { additionalProperties: false },
);
/** As `CreateLinkBody`; what is left out is as it was with the old link. */
export const ReissueLinkBody = CreateLinkBody;

/**
 * A link with its address, which is given once: the answer that is replayed for an Idempotency-Key has `url` null,
 * because the secret is stored nowhere; reissue the link then.
 */
export const CreatedLink = Type.Object({ ...UploadLinkSchema.properties, url: Nullable(Type.String()) });
export type CreatedLinkAnswer = Static<typeof CreatedLink>;

/** `url` signs whoever asked for it in on a phone: once, within two minutes, while their own session lasts. */
export const HandoffAnswer = Type.Object({ url: Type.String(), expiresAt: Timestamp });
/** Who is signed in now, and the customer whose workspace was handed over. */
export const HandoffExchange = Type.Object({ ...UserAnswer.properties, customerId: Id });
export const HandoffBody = Type.Object(
  { token: Type.String({ minLength: 20, maxLength: 100 }) },
  { additionalProperties: false },
);

export const linkEndpoints = {
  listLinks: {
    method: 'GET',
    path: '/api/customers/:id/links',
    access: 'links.manage',
    params: IdParams,
    answer: [200, UploadLinkList],
  },
  createLink: {
    method: 'POST',
    path: '/api/customers/:id/links',
    access: 'links.manage',
    params: IdParams,
    body: CreateLinkBody,
    answer: [201, CreatedLink],
    once: true,
    problems: ['state-conflict'],
  },
  reissueLink: {
    method: 'POST',
    path: '/api/links/:id/reissue',
    access: 'links.manage',
    params: IdParams,
    body: ReissueLinkBody,
    answer: [201, CreatedLink],
    once: true,
    problems: ['state-conflict'],
  },
  revokeLink: {
    method: 'DELETE',
    path: '/api/links/:id',
    access: 'links.manage',
    params: IdParams,
    answer: [204, null],
    once: true,
  },
  offerHandoff: {
    method: 'POST',
    path: '/api/customers/:id/handoff',
    access: 'documents.upload',
    params: IdParams,
    answer: [201, HandoffAnswer],
  },
  acceptHandoff: {
    method: 'POST',
    path: '/api/auth/handoff',
    access: 'public',
    body: HandoffBody,
    answer: [200, HandoffExchange],
    problems: ['handoff-invalid'],
  },
} as const satisfies Endpoints;
