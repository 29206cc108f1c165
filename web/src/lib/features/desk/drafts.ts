import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { ReasonCode } from '@qijian/domain/rules/review-reasons.ts';

export type Region = NonNullable<Document['region']>;

/** What an auditor has chosen and written about one piece and not yet said. */
export interface Draft {
  reasonCodes: ReasonCode[];
  /** Null as long as the ready text of the reasons stands. */
  message: string | null;
  privateNote: string;
  region: (Region & { documentId: string }) | null;
}

export const EMPTY: Draft = { reasonCodes: [], message: null, privateNote: '', region: null };

const KEY = 'review-draft';
const keyOf = (customerId: string, type: string) => `${KEY} ${customerId} ${type}`;

/** Drafts outlive the page: a reload, a lost claim and a replaced document leave what was written. */
export function readDraft(customerId: string, type: string): Draft {
  try {
    return { ...EMPTY, ...JSON.parse(sessionStorage.getItem(keyOf(customerId, type)) ?? '{}') };
  } catch {
    return EMPTY;
  }
}

export function writeDraft(customerId: string, type: string, draft: Draft | null): void {
  if (draft) sessionStorage.setItem(keyOf(customerId, type), JSON.stringify(draft));
  else sessionStorage.removeItem(keyOf(customerId, type));
}
