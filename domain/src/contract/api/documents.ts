import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import type { ProblemCode } from '../problems.ts';
import { Bytes, Id, IdParams, Nullable, PersonRef, Timestamp } from './common.ts';

const Fraction = Type.Number({ minimum: 0, maximum: 1 });
/** A part of a page, in fractions of the upright page; `page` counts from 1. */
export const RegionSchema = Type.Object(
  {
    page: Type.Integer({ minimum: 1, maximum: 500 }),
    x: Fraction,
    y: Fraction,
    width: Fraction,
    height: Fraction,
  },
  { additionalProperties: false },
);

export const GroupSchema = Type.Object({ id: Id, index: Type.Integer(), total: Nullable(Type.Integer()) });
export const DocumentSchema = Type.Object(
  {
    id: Id,
    customerId: Id,
    type: Type.String(),
    version: Type.Integer(),
    filename: Type.String(),
    mime: Type.String(),
    /** Bytes of the stored original. */
    size: Type.Integer(),
    sha256: Type.String(),
    /** Null until known. */
    pages: Nullable(Type.Integer()),
    /** Pixels of the upright original, for layout without shift; null until known. */
    width: Nullable(Type.Integer()),
    height: Nullable(Type.Integer()),
    state: Type.Union([Type.Literal('processing'), Type.Literal('ready'), Type.Literal('failed')]),
    /** With `failed`: broken, encrypted, dynamic-form, blank, too-many-pages, too-large, memory, timeout, crashed. */
    failure: Nullable(Type.String()),
    /** What page 1 does not show of what is in it: missing-glyphs, blank. Of other pages their text says it. */
    note: Nullable(Type.String()),
    verdict: Type.Union([Type.Literal('pending'), Type.Literal('accepted'), Type.Literal('rejected')]),
    /** The first of `reasonCodes`. */
    reasonCode: Type.Optional(Type.String()),
    reasonCodes: Type.Optional(Type.Array(Type.String())),
    message: Type.Optional(Type.String()),
    /** What the reviewer marked on the page. */
    region: Type.Optional(RegionSchema),
    reviewedBy: Type.Optional(PersonRef),
    reviewedAt: Type.Optional(Timestamp),
    /**
     * Photographs of one document, to be shown as consecutive pages: the same `id`, in the order of `index` (from 0);
     * `total` is null where it was not said, or no further page comes.
     */
    group: Type.Optional(GroupSchema),
    uploadedBy: Type.Object({
      kind: Type.Union([Type.Literal('user'), Type.Literal('customer')]),
      id: Nullable(Id),
      name: Type.String(),
    }),
    source: Type.Union([
      Type.Literal('desk'),
      Type.Literal('phone'),
      Type.Literal('api'),
      Type.Literal('portal'),
    ]),
    /** Set when another live document of this customer has the same bytes. */
    duplicateOf: Nullable(Id),
    createdAt: Timestamp,
    deletedAt: Nullable(Timestamp),
  },
  { title: 'Document' },
);
export type Document = Static<typeof DocumentSchema>;

/** The parts of a form with files: the fields first, then one or many `file`. Pages of one document share `groupId`. */
const form = {
  type: Type.String({ maxLength: 60 }),
  groupId: Type.Optional(Id),
  pageIndex: Type.Optional(Type.Integer({ minimum: 0 })),
  pageTotal: Type.Optional(Type.Integer({ minimum: 1 })),
  file: Type.Array(Bytes('application/octet-stream'), { minItems: 1 }),
};
export const PortalUploadForm = Type.Object(form, { additionalProperties: false });
export const UploadForm = Type.Object(
  { ...form, source: Type.Optional(Type.Enum(['desk', 'phone'])) },
  { additionalProperties: false },
);

/** What may be wrong with a file. */
export const FILE_PROBLEMS = [
  'file-empty',
  'file-too-large',
  'unsupported-file',
  'picture-sequence',
  'storage-full',
] as const satisfies ProblemCode[];
/** The same where it is resumed, and what may be wrong with a piece of it. */
export const UPLOAD_PROBLEMS = [
  ...FILE_PROBLEMS,
  'unsupported-tus-version',
  'checksum-mismatch',
  'state-conflict',
  'validation-failed',
  'not-found',
] as const satisfies ProblemCode[];

/** A piece of a resumable upload. */
export const UploadBytes = Bytes('application/offset+octet-stream');

export const DocumentList = Type.Object({ items: Type.Array(DocumentSchema) });
export const UploadAnswer = Type.Object({
  documents: Type.Array(DocumentSchema),
  rejected: Type.Array(Type.Object({ filename: Type.String(), problem: Type.Unknown() })),
  /** True while an auditor has the file: these are new versions, shown beside what was submitted. */
  duringReview: Type.Boolean(),
});
export const MoveDocumentBody = Type.Object(
  { type: Type.String({ maxLength: 60 }) },
  { additionalProperties: false },
);
/** `preview` and `pages`: WebP with the viewer's name and the time on it; pages count from 1, and one behind the last is not found. */
export const PageParams = Type.Object(
  { id: Id, page: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false },
);
const PageNumber = Type.Integer({ minimum: 1 });
export const ThumbnailQuery = Type.Object(
  { page: Type.Optional(PageNumber) },
  { additionalProperties: false },
);
/**
 * `strip`, from 1, is a part of the page in full: of a picture in the original's pixels, of a page of a PDF that is long.
 * `stripsOf` says how many there are, for a PDF from the size of the whole page's picture; one behind the last is not found.
 */
export const PreviewQuery = Type.Object(
  { page: Type.Optional(PageNumber), strip: Type.Optional(PageNumber) },
  { additionalProperties: false },
);
/** The words of a page where a PDF has text, in reading order; boxes in fractions of the upright page. */
export const PageText = Type.Object({
  /** What the page does not show of what is in it: missing-glyphs, blank. */
  note: Nullable(Type.String()),
  words: Type.Array(
    Type.Object({
      text: Type.String(),
      x: Type.Number(),
      y: Type.Number(),
      width: Type.Number(),
      height: Type.Number(),
    }),
  ),
});
export type PageTextBody = Static<typeof PageText>;
/** tus metadata of `/api/uploads`. */
export interface UploadMetadata {
  customerId: string;
  type: string;
  filename: string;
  source?: string;
  /** Pages of one document share `groupId` and `pageTotal`, and count `pageIndex` from 0. */
  groupId?: string;
  pageIndex?: string;
  pageTotal?: string;
}

/** Documents of customers: the form that brings them, and everything that happens to one but its review. */
export const documentEndpoints = {
  listDocuments: {
    method: 'GET',
    path: '/api/customers/:id/documents',
    access: 'documents.read',
    params: IdParams,
    answer: [200, DocumentList],
  },
  addDocuments: {
    method: 'POST',
    path: '/api/customers/:id/documents',
    access: 'documents.upload',
    params: IdParams,
    answer: [201, UploadAnswer],
    form: UploadForm,
    raw: true,
    once: true,
    problems: [...FILE_PROBLEMS, 'too-many-files', 'state-conflict', 'not-found'],
  },
  readDocument: {
    method: 'GET',
    path: '/api/documents/:id',
    access: 'documents.read',
    params: IdParams,
    answer: [200, DocumentSchema],
  },
  deleteDocument: {
    method: 'DELETE',
    path: '/api/documents/:id',
    access: 'documents.delete-own',
    params: IdParams,
    answer: [204, null],
    once: true,
    problems: ['state-conflict'],
  },
  restoreDocument: {
    method: 'POST',
    path: '/api/documents/:id/restore',
    access: 'documents.delete-own',
    params: IdParams,
    answer: [200, DocumentSchema],
    once: true,
    problems: ['state-conflict'],
  },
  moveDocument: {
    method: 'PATCH',
    path: '/api/documents/:id',
    access: 'documents.upload',
    params: IdParams,
    body: MoveDocumentBody,
    answer: [200, DocumentSchema],
    once: true,
    problems: ['state-conflict'],
  },
  settleDocument: {
    method: 'POST',
    path: '/api/documents/:id/settle',
    access: 'documents.upload',
    params: IdParams,
    answer: [200, DocumentSchema],
    once: true,
    problems: ['state-conflict'],
  },
  retryDocument: {
    method: 'POST',
    path: '/api/documents/:id/retry',
    access: 'documents.upload',
    params: IdParams,
    answer: [200, DocumentSchema],
    once: true,
    problems: ['state-conflict'],
  },
  readFile: {
    method: 'GET',
    path: '/api/documents/:id/file',
    access: 'documents.read',
    params: IdParams,
    answer: [200, Bytes('application/octet-stream')],
    raw: true,
    problems: ['too-many-requests'],
  },
  readPreview: {
    method: 'GET',
    path: '/api/documents/:id/preview',
    access: 'documents.read',
    params: IdParams,
    query: PreviewQuery,
    answer: [200, Bytes('image/webp')],
    raw: true,
    problems: ['page-not-ready', 'page-unreadable'],
  },
  readPageText: {
    method: 'GET',
    path: '/api/documents/:id/pages/:page/text',
    access: 'documents.read',
    params: PageParams,
    answer: [200, PageText],
    problems: ['page-not-ready', 'page-unreadable'],
  },
  readThumbnail: {
    method: 'GET',
    path: '/api/documents/:id/thumbnail',
    access: 'documents.read',
    params: IdParams,
    query: ThumbnailQuery,
    answer: [200, Bytes('image/webp')],
    raw: true,
    problems: ['page-not-ready', 'page-unreadable'],
  },
} as const satisfies Endpoints;

/** The resumable door (tus 1.0), for files as large as they are; the document is named in `Upload-Document-Id`. */
export const uploadEndpoints = {
  describeUploads: {
    method: 'OPTIONS',
    path: '/api/uploads',
    access: 'signed-in',
    answer: [204, null],
    raw: true,
  },
  beginUpload: {
    method: 'POST',
    path: '/api/uploads',
    access: 'documents.upload',
    answer: [201, null],
    raw: true,
    problems: UPLOAD_PROBLEMS,
  },
  readUpload: {
    method: 'HEAD',
    path: '/api/uploads/:id',
    access: 'documents.upload',
    answer: [200, null],
    raw: true,
    problems: UPLOAD_PROBLEMS,
  },
  continueUpload: {
    method: 'PATCH',
    path: '/api/uploads/:id',
    access: 'documents.upload',
    body: UploadBytes,
    answer: [204, null],
    raw: true,
    problems: UPLOAD_PROBLEMS,
  },
  dropUpload: {
    method: 'DELETE',
    path: '/api/uploads/:id',
    access: 'documents.upload',
    answer: [204, null],
    raw: true,
    problems: ['unsupported-tus-version', 'state-conflict'],
  },
} as const satisfies Endpoints;
