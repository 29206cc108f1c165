import type { Completeness, IncompleteGroup, MissingReason, PageOfGroup } from './completeness.ts';
import { acceptsDocuments, type CustomerState, mayTakeOut } from './customer-states.ts';
import type { DocumentType, LocalizedText } from './document-types.ts';
import type { ReasonCode } from './review-reasons.ts';

/** Milliseconds within which a customer may take an upload back. */
export const UNDO_WITHIN = 30 * 60_000;
/** Types that have one page: a further photograph takes the place of the one before. */
const ONE_PAGE = ['id_card_front', 'id_card_back'];
export const isOnePage = (type: string): boolean => ONE_PAGE.includes(type);
/** Which link a page belongs to, as a request header: a browser has one portal session, its pages may be of several. */
export const PORTAL_LINK_HEADER = 'portal-link';
/** What a customer is called who came by a link without a label. */
export const CUSTOMER_NAME = '客户';
export const CUSTOMER_PHONE_NAME = '客户手机';

/** A part of a page, in fractions (0–1) of the upright page; `page` counts from 1. */
export interface Region {
  page: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What the customer's page shows of a document, and what it is built from. */
export interface PortalDocument {
  id: string;
  /** The id of the link it came by; null when staff added it. Compare with `link.id` of the checklist for "mine". */
  link: string | null;
  /** Only of documents that came by a link: names that staff gave stay inside. */
  filename: string | null;
  pages: number | null;
  /** Photographs of one document: same `group.id`, in the order of `group.index` (from 0). */
  group: PageOfGroup | null;
  state: 'processing' | 'ready' | 'failed';
  failure: string | null;
  /** What its first page does not show of what is in it; null when it shows all. */
  note: string | null;
  verdict: 'pending' | 'accepted' | 'rejected';
  uploadedAt: string;
  /** Until when whoever came by `link` may take it back; null when not (any more). */
  undoUntil: string | null;
}

export const PORTAL_ITEM_STATES = ['missing', 'received', 'accepted', 'returned', 'waived'] as const;
/** One document type as the customer sees it. */
export interface PortalItem {
  type: string;
  name: LocalizedText;
  instructions: LocalizedText | null;
  required: boolean;
  /** Asked for by the auditor, for this customer. */
  requested: boolean;
  state: (typeof PORTAL_ITEM_STATES)[number];
  /** What came is still being opened: it counts once that has shown that it can be read. */
  checking: boolean;
  /** Why it does not count yet; null when it does. */
  why: MissingReason | null;
  pages: number;
  minPages: number;
  /** A document of which pages have not arrived. */
  incomplete: IncompleteGroup | null;
  canWaive: boolean;
  /** What was wrong with the newest rejected document, while the item is `returned`. */
  returned: {
    documentId: string;
    reasonCodes: ReasonCode[];
    message: string | null;
    region: Region | null;
  } | null;
  /** What the auditor wrote when asking for this type, while it is not satisfied. */
  requestReason: string | null;
  /** On a page those that came by its own link; what others sent is none of its reader's business. */
  documents: PortalDocument[];
}

/** Over required and requested types. */
export interface PortalProgress {
  total: number;
  accepted: number;
  pending: number;
  missing: number;
}
export const PORTAL_STATES = ['collecting', 'complete', 'reviewing', 'approved', 'closed'] as const;
export type PortalState = (typeof PORTAL_STATES)[number];
export const PORTAL_NEXT = ['add-documents', 'wait-for-staff', 'wait-for-review', 'nothing'] as const;
/** What happens next, for the sentence under the progress. */
export type PortalNext = (typeof PORTAL_NEXT)[number];

/** Everything that can be said of the file to whoever has a link; `ownView` of it is what a page is shown. */
export interface PortalView {
  items: PortalItem[];
  progress: PortalProgress;
  state: PortalState;
  next: PortalNext;
}
/**
 * The difference of two views: items that are new or different, and types that are gone. All links of a customer read
 * the same stream, so it carries no documents: a page asks for its own.
 */
export interface PortalChange extends Omit<PortalView, 'items'> {
  items: Omit<PortalItem, 'documents'>[];
  removed: string[];
}

/** The facts of a document that the view is built from. */
export interface PortalDocumentFacts {
  id: string;
  type: string;
  linkId: string | null;
  filename: string;
  pages: number | null;
  group: PageOfGroup | null;
  state: 'processing' | 'ready' | 'failed';
  failure: string | null;
  note: string | null;
  verdict: 'pending' | 'accepted' | 'rejected';
  reasonCodes: ReasonCode[];
  message: string | null;
  region: Region | null;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** When the verdict that the customer knows of was given, in milliseconds since the epoch; null without one. */
  reviewedAt: number | null;
  /** The auditor has a verdict on it that the customer does not know yet. */
  isJudged?: boolean;
}

/** Whether the customer knows of a verdict: it is the auditor's own until a decision follows. Milliseconds. */
export function isTold(reviewedAt: number | null, decidedAt: number | null): boolean {
  return reviewedAt === null || (decidedAt !== null && reviewedAt <= decidedAt);
}

/** What the customer may know of the file: no names, no comments, no notes; in checklist order. */
export function portalView(input: {
  types: readonly DocumentType[];
  completeness: Pick<Completeness, 'items'>;
  requested: readonly { type: string; reason: string }[];
  waivedTypes: readonly string[];
  status: CustomerState;
  /** Milliseconds since the epoch; null when the file is not with the auditors. */
  submittedAt: number | null;
  /** Oldest first. */
  documents: readonly PortalDocumentFacts[];
}): PortalView {
  const types = new Map(input.types.map((type) => [type.code, type]));
  const reasons = new Map(input.requested.map((request) => [request.type, request.reason]));
  const items = input.completeness.items.map((item): PortalItem => {
    const type = types.get(item.type);
    const own = input.documents.filter((document) => document.type === item.type);
    const rejected = own.findLast((document) => document.verdict === 'rejected');
    const optional = !item.required;
    const waived = optional && !item.satisfied && input.waivedTypes.includes(item.type);
    const { zh = '', en = '' } = type?.instructions ?? {};
    return {
      type: item.type,
      name: type?.name ?? { zh: item.type, en: item.type },
      instructions: zh || en ? { zh, en } : null,
      required: item.required,
      requested: item.requested,
      state: waived ? 'waived' : item.state,
      checking: item.checking,
      why: item.reason,
      pages: item.pages,
      minPages: item.minPages,
      incomplete: item.incomplete,
      canWaive: optional && (type?.waivable ?? false) && acceptsDocuments(input.status),
      returned:
        item.state === 'returned' && rejected
          ? {
              documentId: rejected.id,
              reasonCodes: rejected.reasonCodes,
              message: rejected.message,
              region: rejected.region,
            }
          : null,
      requestReason: item.satisfied ? null : reasons.get(item.type) || null,
      documents: own.map((document) => portalDocument(document, input)),
    };
  });
  const counted = items.filter((item) => item.required);
  const many = (state: PortalItem['state']) => counted.filter((item) => item.state === state).length;
  const progress = {
    total: counted.length,
    accepted: many('accepted'),
    pending: many('received'),
    missing: many('missing') + many('returned'),
  };
  const state = portalState(input.status, progress);
  return { items, progress, state, next: NEXT[state] };
}

/** What an auditor wrote for several documents at once; it is said once, not at each of them. */
export function sharedReason(items: readonly PortalItem[]): string | null {
  const reasons = items.flatMap(({ requestReason }) => requestReason ?? []);
  return reasons.find((reason, index) => reasons.indexOf(reason) !== index) ?? null;
}

/** A document as the customer's page shows it. */
export function portalDocument(
  document: PortalDocumentFacts,
  file: { status: CustomerState; submittedAt: number | null },
): PortalDocument {
  return {
    id: document.id,
    link: document.linkId,
    filename: document.linkId === null ? null : document.filename,
    pages: document.pages,
    group: document.group,
    state: document.state,
    failure: document.failure,
    note: document.note,
    verdict: document.verdict,
    uploadedAt: new Date(document.createdAt).toISOString(),
    undoUntil:
      !document.isJudged && mayUndo(document, file)
        ? new Date(document.createdAt + UNDO_WITHIN).toISOString()
        : null,
  };
}

/** Whether a customer may take back an upload of theirs, but for the time. */
export function mayUndo(
  document: { linkId: string | null; verdict: PortalDocument['verdict']; createdAt: number },
  file: { status: CustomerState; submittedAt: number | null },
): boolean {
  return document.linkId !== null && mayTakeOut(document, file);
}

const NEXT: Record<PortalState, PortalNext> = {
  collecting: 'add-documents',
  complete: 'wait-for-staff',
  reviewing: 'wait-for-review',
  approved: 'nothing',
  closed: 'nothing',
};

/** A refusal of the loan is not for this page to tell: the file is closed. */
function portalState(status: CustomerState, progress: PortalProgress): PortalState {
  if (status === 'reviewing' || status === 'approved') return status;
  if (status === 'rejected') return 'closed';
  return progress.missing === 0 ? 'complete' : 'collecting';
}

/** What has to be told to whoever knows `before`; null when nothing has. */
export function portalChange(before: PortalView, after: PortalView): PortalChange | null {
  const known = new Map(before.items.map((item) => [item.type, canonical(item)]));
  const items = after.items
    .filter((item) => known.get(item.type) !== canonical(item))
    .map(({ documents: _, ...item }) => item);
  const now = new Set(after.items.map((item) => item.type));
  const removed = [...known.keys()].filter((type) => !now.has(type));
  const { progress, state, next } = after;
  const rest = canonical([progress, state]) !== canonical([before.progress, before.state]);
  return items.length > 0 || removed.length > 0 || rest ? { items, removed, progress, state, next } : null;
}

/** One text for equal values, in whatever order their properties are. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The view as a page of this link is shown it. */
export function ownView(view: PortalView, linkId: string): PortalView {
  const items = view.items.map((item) => ({
    ...item,
    documents: item.documents.filter(({ link }) => link === linkId),
  }));
  return { ...view, items };
}

/** The view after a change, with the documents that were known; new items come last until the next snapshot. */
export function applyPortalChange(view: PortalView, change: PortalChange): PortalView {
  const changed = new Map(change.items.map((item) => [item.type, item]));
  const kept = view.items
    .filter((item) => !change.removed.includes(item.type))
    .map((item) => ({ ...item, ...changed.get(item.type) }));
  const known = new Set(kept.map((item) => item.type));
  const { progress, state, next } = change;
  const added = change.items.filter((item) => !known.has(item.type));
  return { items: [...kept, ...added.map((item) => ({ ...item, documents: [] }))], progress, state, next };
}

/** What a page shows of a name once the customer has proved who they are: `王*`. */
export function maskName(name: string): string {
  const [first = '', ...rest] = name.trim();
  return first + '*'.repeat(Math.min(rest.length, 3));
}
