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
}

export type MissingReason = 'missing' | 'rejected' | 'expired' | 'failed' | 'too-few-pages';
/** How one piece is drawn: hollow, thin, thick, slashed. */
export type PieceState = 'missing' | 'received' | 'accepted' | 'returned';

export interface CompletenessItem {
  type: string;
  required: boolean;
  /** Required for this customer because an auditor asked for it. */
  requested: boolean;
  satisfied: boolean;
  reason: MissingReason | null;
  pages: number;
  minPages: number;
  maxAgeDays: number | null;
  state: PieceState;
}

export interface Completeness {
  required: number;
  satisfied: number;
  /** Whole percent, rounded down, so that 100 means complete; 100 when nothing is required. */
  percent: number;
  items: CompletenessItem[];
  /** Codes of the required or requested types that are not satisfied, in checklist order. */
  missing: string[];
  /** Milliseconds since the epoch at which a counting document next expires, or null. */
  nextExpiryAt: number | null;
}

const DAY = 86_400_000;

/**
 * What is required, satisfied and missing, and why (PRODUCT: a type counts as satisfied when it has enough pages in
 * documents that are stored, not rejected and not expired). Pure: `now` is given, in milliseconds since the epoch.
 */
export function computeCompleteness(input: {
  types: readonly DocumentType[];
  checklist: readonly ChecklistItem[] | null;
  requestedTypes: readonly string[];
  documents: readonly DocumentFacts[];
  now: number;
}): Completeness {
  const overrides = new Map(input.checklist?.map((item) => [item.type, item]));
  const requested = new Set(input.requestedTypes);
  let nextExpiryAt: number | null = null;

  const items = input.types
    .filter((type) => type.active || requested.has(type.code))
    .toSorted((a, b) => a.order - b.order || a.code.localeCompare(b.code))
    .map((type): CompletenessItem => {
      const override = overrides.get(type.code);
      const isRequested = requested.has(type.code);
      const required =
        isRequested || (override ? override.required : input.checklist === null && type.required);
      const minPages = override?.minPages ?? type.minPages;
      const maxAgeDays = override?.maxAgeDays ?? type.maxAgeDays;
      const own = input.documents.filter((document) => document.type === type.code);
      const usable = own.filter((document) => document.verdict !== 'rejected' && document.state !== 'failed');
      const valid = usable.filter((document) => {
        if (maxAgeDays === null) return true;
        const expiresAt = document.createdAt + maxAgeDays * DAY;
        if (expiresAt <= input.now) return false;
        if (nextExpiryAt === null || expiresAt < nextExpiryAt) nextExpiryAt = expiresAt;
        return true;
      });
      const pages = valid.reduce((sum, document) => sum + (document.pages ?? 1), 0);
      const satisfied = valid.length > 0 && pages >= minPages;
      const hasRejected = own.some((document) => document.verdict === 'rejected');
      return {
        type: type.code,
        required,
        requested: isRequested,
        satisfied,
        reason: satisfied ? null : reasonOf({ own, usable, valid, hasRejected }),
        pages,
        minPages,
        maxAgeDays,
        state: pieceState(satisfied, valid, hasRejected),
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
    nextExpiryAt,
  };
}

function reasonOf(of: {
  own: readonly DocumentFacts[];
  usable: readonly DocumentFacts[];
  valid: readonly DocumentFacts[];
  hasRejected: boolean;
}): MissingReason {
  if (of.own.length === 0) return 'missing';
  if (of.valid.length > 0) return 'too-few-pages';
  if (of.usable.length > 0) return 'expired';
  return of.hasRejected ? 'rejected' : 'failed';
}

function pieceState(satisfied: boolean, valid: readonly DocumentFacts[], hasRejected: boolean): PieceState {
  if (!satisfied) return hasRejected ? 'returned' : 'missing';
  return valid.every((document) => document.verdict === 'accepted') ? 'accepted' : 'received';
}
