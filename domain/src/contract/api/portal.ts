import { type Static, Type } from 'typebox';
import {
  PORTAL_ITEM_STATES,
  PORTAL_NEXT,
  PORTAL_STATES,
  type PortalChange,
  type PortalView,
} from '../../rules/portal.ts';
import { REASON_CODES } from '../../rules/review-reasons.ts';
import { LINK_ENDS } from '../../rules/upload-links.ts';
import type { Endpoints } from '../endpoint.ts';
import type { ProblemCode } from '../problems.ts';
import { Id, IdParams, Nullable, StreamHeadBody, Timestamp } from './common.ts';
import { IncompleteGroupSchema } from './completeness.ts';
import {
  FILE_PROBLEMS,
  GroupSchema,
  PortalUploadForm,
  RegionSchema,
  UPLOAD_PROBLEMS,
  UploadBytes,
} from './documents.ts';

const Token = Type.String({ minLength: 20, maxLength: 100 });

/** What the secret of a link opens, without using it up; changes nothing. */
export const PortalLinkBody = Type.Object({ token: Token }, { additionalProperties: false });
export const PortalLinkAnswer = Type.Object({
  /** The server's clock: a phone's own may be wrong. */
  now: Timestamp,
  expiresAt: Timestamp,
  triesLeft: Type.Integer(),
  /** The first three digits of the phone, which are those of its network: whose number is asked for. */
  phoneStart: Type.String(),
  /** Documents that are still to come. */
  missing: Type.Integer(),
});
export type PortalLink = Static<typeof PortalLinkAnswer>;

/** `code` is the last four digits of the customer's phone. */
export const PortalSessionBody = Type.Object(
  { token: Token, code: Type.String({ pattern: '^\\d{4}$', examples: ['0021'] }) },
  { additionalProperties: false },
);
/** What may be known before anything is proved, and whether this browser has proved it. */
export const PortalSessionAnswer = Type.Object({
  organisation: Nullable(Type.String()),
  /** Whom to ask, where the organisation's setting shows one on purpose. */
  contact: Nullable(Type.String()),
  session: Nullable(
    Type.Object({
      linkId: Id,
      customerId: Id,
      /** The first 16 hexadecimal digits of the SHA-256 of the link's token: whether a link just opened is this one. */
      linkDigest: Type.String(),
      expiresAt: Timestamp,
    }),
  ),
  /** Why the session this browser had opens nothing any more; null where it had none. */
  ended: Nullable(Type.Enum([...LINK_ENDS])),
});
export type PortalSession = Static<typeof PortalSessionAnswer>;

const Text = Type.Object({ zh: Type.String(), en: Type.String() });
export const PortalDocumentSchema = Type.Object(
  {
    id: Id,
    link: Nullable(Id),
    filename: Nullable(Type.String()),
    pages: Nullable(Type.Integer()),
    group: Nullable(GroupSchema),
    state: Type.Enum(['processing', 'ready', 'failed']),
    failure: Nullable(Type.String()),
    note: Nullable(Type.String()),
    verdict: Type.Enum(['pending', 'accepted', 'rejected']),
    uploadedAt: Timestamp,
    undoUntil: Nullable(Timestamp),
  },
  { title: 'PortalDocument' },
);
export const PortalItemSchema = Type.Object(
  {
    type: Type.String(),
    name: Text,
    instructions: Nullable(Text),
    required: Type.Boolean(),
    requested: Type.Boolean(),
    state: Type.Enum([...PORTAL_ITEM_STATES]),
    checking: Type.Boolean(),
    why: Nullable(
      Type.Enum(['missing', 'rejected', 'requested', 'expired', 'failed', 'incomplete', 'too-few-pages']),
    ),
    pages: Type.Integer(),
    minPages: Type.Integer(),
    incomplete: Nullable(IncompleteGroupSchema),
    canWaive: Type.Boolean(),
    returned: Nullable(
      Type.Object({
        documentId: Id,
        /** What a reader in any language is told where `message` is null. */
        reasonCodes: Type.Array(Type.Enum([...REASON_CODES])),
        message: Nullable(Type.String()),
        region: Nullable(RegionSchema),
      }),
    ),
    requestReason: Nullable(Type.String()),
    documents: Type.Array(PortalDocumentSchema),
  },
  { title: 'PortalItem' },
);
const rest = {
  progress: Type.Object({
    total: Type.Integer(),
    accepted: Type.Integer(),
    pending: Type.Integer(),
    missing: Type.Integer(),
  }),
  state: Type.Enum([...PORTAL_STATES]),
  next: Type.Enum([...PORTAL_NEXT]),
};
/** See `PortalView` in the rules for what each field means. */
export const PortalViewSchema = Type.Object({ items: Type.Array(PortalItemSchema), ...rest });
export const PortalChecklist = Type.Object({
  ...PortalViewSchema.properties,
  /** First character and stars. */
  customer: Type.Object({ id: Id, maskedName: Type.String() }),
  product: Nullable(Text),
  organisation: Nullable(Type.String()),
  /** Only where the organisation's setting shows one on purpose. */
  contact: Nullable(Type.String()),
  /** The server's clock: a phone's own may be wrong. */
  now: Timestamp,
  link: Type.Object({
    id: Id,
    /** Whose files a phone keeps, however often the link is made anew; opaque. */
    person: Type.String(),
    expiresAt: Timestamp,
    filesLeft: Type.Integer(),
    bytesLeft: Type.Integer(),
    maxFileBytes: Type.Integer(),
  }),
  /** Head of stream `customer:<id>:portal` in the same snapshot. */
  head: StreamHeadBody,
});
export type PortalChecklistAnswer = Static<typeof PortalChecklist>;

export const PortalUploadAnswer = Type.Object({
  documents: Type.Array(PortalDocumentSchema),
  rejected: Type.Array(Type.Object({ filename: Type.String(), problem: Type.Unknown() })),
});

/** 没有这项: with `waived` false it is taken back. */
export const PortalWaiveBody = Type.Object(
  {
    type: Type.String({ maxLength: 60 }),
    waived: Type.Optional(Type.Boolean()),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);

/** tus metadata of `/api/portal/uploads`; pages of one document share `groupId` and `pageTotal`, and count `pageIndex` from 0. */
export interface PortalUploadMetadata {
  type: string;
  filename: string;
  groupId?: string;
  pageIndex?: string;
  pageTotal?: string;
}

const LINK_LIMITS = ['link-files-exceeded', 'link-bytes-exceeded'] as const satisfies ProblemCode[];
const PORTAL_PROBLEMS = [
  ...UPLOAD_PROBLEMS,
  ...LINK_LIMITS,
  'portal-closed',
] as const satisfies ProblemCode[];

/** The customer's side: a link is opened with a code, and from then on it adds documents to one file. */
export const portalEndpoints = {
  lookAtLink: {
    method: 'POST',
    path: '/api/portal/link',
    access: 'public',
    body: PortalLinkBody,
    answer: [200, PortalLinkAnswer],
    problems: ['link-not-found', ...LINK_ENDS, 'link-locked', 'too-many-requests'],
  },
  readPortalSession: {
    method: 'GET',
    path: '/api/portal/session',
    access: 'public',
    answer: [200, PortalSessionAnswer],
  },
  openLink: {
    method: 'POST',
    path: '/api/portal/session',
    access: 'public',
    body: PortalSessionBody,
    answer: [200, PortalSessionAnswer],
    problems: ['link-not-found', ...LINK_ENDS, 'link-locked', 'wrong-code', 'too-many-requests'],
  },
  leavePortal: {
    method: 'DELETE',
    path: '/api/portal/session',
    access: 'public',
    answer: [204, null],
  },
  readPortalChecklist: {
    method: 'GET',
    path: '/api/portal/checklist',
    access: 'portal',
    answer: [200, PortalChecklist],
  },
  addPortalDocuments: {
    method: 'POST',
    path: '/api/portal/documents',
    access: 'portal',
    answer: [201, PortalUploadAnswer],
    form: PortalUploadForm,
    raw: true,
    once: true,
    problems: [...FILE_PROBLEMS, ...LINK_LIMITS, 'too-many-files', 'portal-closed', 'not-found'],
  },
  undoPortalUpload: {
    method: 'DELETE',
    path: '/api/portal/documents/:id',
    access: 'portal',
    params: IdParams,
    answer: [204, null],
    once: true,
    problems: ['undo-too-late', 'portal-closed'],
  },
  settlePortalUpload: {
    method: 'POST',
    path: '/api/portal/documents/:id/settle',
    access: 'portal',
    params: IdParams,
    answer: [204, null],
    once: true,
    problems: ['portal-closed'],
  },
  waivePortalItem: {
    method: 'POST',
    path: '/api/portal/waive',
    access: 'portal',
    body: PortalWaiveBody,
    answer: [204, null],
    once: true,
    problems: ['portal-closed', 'state-conflict'],
  },
} as const satisfies Endpoints;

/** The resumable door for customers who came by a link. */
export const portalUploadEndpoints = {
  describePortalUploads: {
    method: 'OPTIONS',
    path: '/api/portal/uploads',
    access: 'portal',
    answer: [204, null],
    raw: true,
  },
  beginPortalUpload: {
    method: 'POST',
    path: '/api/portal/uploads',
    access: 'portal',
    answer: [201, null],
    raw: true,
    problems: PORTAL_PROBLEMS,
  },
  readPortalUpload: {
    method: 'HEAD',
    path: '/api/portal/uploads/:id',
    access: 'portal',
    answer: [200, null],
    raw: true,
    problems: PORTAL_PROBLEMS,
  },
  continuePortalUpload: {
    method: 'PATCH',
    path: '/api/portal/uploads/:id',
    access: 'portal',
    body: UploadBytes,
    answer: [204, null],
    raw: true,
    problems: PORTAL_PROBLEMS,
  },
  dropPortalUpload: {
    method: 'DELETE',
    path: '/api/portal/uploads/:id',
    access: 'portal',
    answer: [204, null],
    raw: true,
    problems: ['unsupported-tus-version', 'state-conflict'],
  },
} as const satisfies Endpoints;

// The schemas and the rules say the same; the compiler holds them together.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
true satisfies Same<Static<typeof PortalViewSchema>, PortalView>;
true satisfies Same<Omit<PortalChange, 'removed' | 'items'>, Omit<PortalView, 'items'>>;
