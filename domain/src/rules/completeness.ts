import { endOfDay } from './china-time.ts';
import type { DocumentType } from './document-types.ts';

/** What one checklist says of one type for one product; null means "as the document type says". */
export interface ChecklistItem {
  type: string;
  required: boolean;
  minPages: number | null;
  maxAgeDays: number | null;
}

/** The facts of a stored document that completeness depends on. */
export interface DocumentFacts {
  type: string;
  /** Null while the page count is not yet known; counts as one page. */
  pages: number | null;
  state: 'processing' | 'ready' | 'failed';
  verdict: 'pending' | 'accepted' | 'rejected';
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** When it was moved to its type, in milliseconds since the epoch; without it, it was uploaded to it. */
  movedAt?: number | null;
  /** When the verdict was given, in milliseconds since the epoch; null before that. */
  reviewedAt: number | null;
  /** No longer in the file; only what an auditor said of it still counts. */
  isDeleted?: boolean;
  /** Set on photographs that are the pages of one document. */
  group?: PageOfGroup | null;
}

/** A type that was asked for, or excused from being sent again, and when: milliseconds since the epoch. */
export interface TypeMark {
  type: string;
  at: number;
}

/** Which page of which document a file is, from 0; `total` is null where it is not known, or no further page comes. */
export interface PageOfGroup {
  id: string;
  index: number;
  total: number | null;
}

/** A document of which pages have not arrived, or cannot be opened. */
export interface IncompleteGroup {
  id: string;
  arrived: number;
  total: number;
  /** Indexes from 0. */
  missing: number[];
}

/** `requested`: what is there was there before the auditor asked. */
export type MissingReason =
  | 'missing'
  | 'rejected'
  | 'requested'
  | 'expired'
  | 'failed'
  | 'incomplete'
  | 'too-few-pages';
/** How one piece is drawn: hollow, thin, thick, slashed. */
export type PieceState = 'missing' | 'received' | 'accepted' | 'returned';

export interface CompletenessItem {
  type: string;
  required: boolean;
  /** Required for this customer because an auditor asked for it. */
  requested: boolean;
  satisfied: boolean;
  /** Satisfied only if what is still being opened proves readable: the file cannot be submitted before that. */
  checking: boolean;
  reason: MissingReason | null;
  pages: number;
  minPages: number;
  maxAgeDays: number | null;
  state: PieceState;
  /** Only the auditor's asking stands in the way: staff may say why it is not needed. */
  excusable: boolean;
  /** The oldest document that is not whole, which counts for nothing until it is. */
  incomplete: IncompleteGroup | null;
}

export interface Completeness {
  required: number;
  satisfied: number;
  /** Whole percent, rounded down, so that 100 means complete; 100 when nothing is required. */
  percent: number;
  items: CompletenessItem[];
  /** Codes of the required or requested types that are not satisfied, in checklist order. */
  missing: string[];
  /** Codes of those that are satisfied only if what is still being opened proves readable. */
  checking: string[];
  /** Milliseconds since the epoch at which a counting document next expires, or null. */
  nextExpiryAt: number | null;
}

const DAY = 86_400_000;

/** What was asked for or excused as it is stored, with ISO 8601 times, as the rule reads it. */
export function typeMarks(stored: readonly { type: string; at: string }[]): TypeMark[] {
  return stored.map(({ type, at }) => ({ type, at: Date.parse(at) }));
}

/**
 * What is required, satisfied and missing, and why (PRODUCT: a type counts as satisfied when it has enough pages in
 * documents that are whole, not rejected and not expired, and something newer than the last request and the last
 * rejection, unless staff have excused it since). Pure: `now` is given, in milliseconds since the epoch.
 */
export function computeCompleteness(input: {
  types: readonly DocumentType[];
  checklist: readonly ChecklistItem[] | null;
  requestedTypes: readonly TypeMark[];
  excusedTypes: readonly TypeMark[];
  documents: readonly DocumentFacts[];
  now: number;
}): Completeness {
  const overrides = new Map(input.checklist?.map((item) => [item.type, item]));
  const requested = latest(input.requestedTypes);
  const excused = latest(input.excusedTypes);
  const incomplete = incompleteGroups(input.documents.filter((document) => !document.isDeleted));
  let nextExpiryAt: number | null = null;

  const items = input.types
    .filter((type) => type.active || requested.has(type.code))
    .sort((a, b) => a.order - b.order || a.code.localeCompare(b.code))
    .map((type): CompletenessItem => {
      const override = overrides.get(type.code);
      const excusedAt = excused.get(type.code) ?? Number.NEGATIVE_INFINITY;
      const requestedAt = requested.get(type.code) ?? Number.NEGATIVE_INFINITY;
      const isRequested = requestedAt > excusedAt;
      const isListed = override ? override.required : input.checklist === null && type.required;
      const minPages = override?.minPages ?? type.minPages;
      const maxAgeDays = override?.maxAgeDays ?? type.maxAgeDays;
      const ofType = input.documents.filter((document) => document.type === type.code);
      const own = ofType.filter((document) => !document.isDeleted);
      const partial = own.flatMap(({ group }) => incomplete.get(group?.id ?? '') ?? [])[0] ?? null;
      const usable = own.filter(
        (document) =>
          document.verdict !== 'rejected' &&
          document.state !== 'failed' &&
          !incomplete.has(document.group?.id ?? ''),
      );
      const valid = usable.filter((document) => {
        if (maxAgeDays === null) return true;
        const expiresAt = endOfDay(document.createdAt + maxAgeDays * DAY);
        if (expiresAt <= input.now) return false;
        if (nextExpiryAt === null || expiresAt < nextExpiryAt) nextExpiryAt = expiresAt;
        return true;
      });
      const pages = pagesOf(valid);
      const isEnough = valid.length > 0 && pages >= minPages;
      // Taking the rejected document away does not answer what was said of it.
      const rejectedAt = lastRejection(ofType);
      const hasRejected = rejectedAt > excusedAt;
      const isUnanswered = hasRejected && newestAt(valid) <= rejectedAt;
      const isAsked = isUnanswered || (isRequested && newestAt(valid) <= requestedAt);
      const satisfied = isEnough && !isAsked;
      const opened = valid.filter((document) => document.state === 'ready');
      const askedAt = Math.max(hasRejected ? rejectedAt : -Infinity, isRequested ? requestedAt : -Infinity);
      const isProven = opened.length > 0 && pagesOf(opened) >= minPages && newestAt(opened) > askedAt;
      return {
        type: type.code,
        required: isRequested || isListed,
        requested: isRequested,
        satisfied,
        checking: satisfied && !isProven,
        reason: satisfied
          ? null
          : isEnough
            ? isUnanswered
              ? 'rejected'
              : 'requested'
            : reasonOf({ own, usable, valid, partial, hasRejected }),
        pages,
        minPages,
        maxAgeDays,
        state: pieceState(satisfied, valid, hasRejected),
        excusable: isAsked && (isEnough || !isListed),
        incomplete: partial,
      };
    });

  const required = items.filter((item) => item.required);
  const satisfied = required.filter((item) => item.satisfied).length;
  return {
    required: required.length,
    satisfied,
    percent: required.length === 0 ? 100 : Math.floor((satisfied * 100) / required.length),
    items,
    missing: required.filter((item) => !item.satisfied).map((item) => item.type),
    checking: required.filter((item) => item.checking).map((item) => item.type),
    nextExpiryAt,
  };
}

function latest(marks: readonly TypeMark[]): Map<string, number> {
  const at = new Map<string, number>();
  for (const mark of marks) at.set(mark.type, Math.max(mark.at, at.get(mark.type) ?? mark.at));
  return at;
}

const pagesOf = (documents: readonly DocumentFacts[]) =>
  documents.reduce((sum, document) => sum + (document.pages ?? 1), 0);

/** When the newest of these came to its type; before all time when there is none. */
const newestAt = (documents: readonly DocumentFacts[]) =>
  Math.max(...documents.map((document) => document.movedAt ?? document.createdAt));

/** When a document of these was last rejected; before all time when none was. */
function lastRejection(documents: readonly DocumentFacts[]): number {
  const rejected = documents.filter((document) => document.verdict === 'rejected');
  return Math.max(...rejected.map((document) => document.reviewedAt ?? document.createdAt));
}

/** The documents of which not every page is there, by their id; a page that cannot be opened is not there. */
export function incompleteGroups(
  documents: readonly Pick<DocumentFacts, 'state' | 'group'>[],
): Map<string, IncompleteGroup> {
  const groups = new Map<string, { total: number; isSettled: boolean; there: Set<number> }>();
  for (const { group, state } of documents) {
    if (!group) continue;
    const known = groups.get(group.id) ?? { total: 0, isSettled: false, there: new Set() };
    // Somebody said that no further page comes: those still under way do not open it again.
    if (group.total === null) known.isSettled = true;
    else known.total = Math.max(known.total, group.total);
    if (state !== 'failed') known.there.add(group.index);
    groups.set(group.id, known);
  }
  const incomplete = new Map<string, IncompleteGroup>();
  for (const [id, { total, isSettled, there }] of groups) {
    const missing = Array.from({ length: total }, (_, index) => index).filter((index) => !there.has(index));
    if (isSettled || missing.length === 0) continue;
    incomplete.set(id, { id, arrived: total - missing.length, total, missing });
  }
  return incomplete;
}

function reasonOf(of: {
  own: readonly DocumentFacts[];
  usable: readonly DocumentFacts[];
  valid: readonly DocumentFacts[];
  partial: IncompleteGroup | null;
  hasRejected: boolean;
}): MissingReason {
  if (of.own.length === 0) return of.hasRejected ? 'rejected' : 'missing';
  if (of.partial) return 'incomplete';
  if (of.valid.length > 0) return 'too-few-pages';
  if (of.usable.length > 0) return 'expired';
  return of.own.some((document) => document.verdict === 'rejected') ? 'rejected' : 'failed';
}

function pieceState(satisfied: boolean, valid: readonly DocumentFacts[], hasRejected: boolean): PieceState {
  if (!satisfied) return hasRejected ? 'returned' : 'missing';
  return valid.every((document) => document.verdict === 'accepted') ? 'accepted' : 'received';
}
