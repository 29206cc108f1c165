import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { ReasonCode } from '@qijian/domain/rules/review-reasons.ts';
import { draftOf } from '#lib/drafts.ts';

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

/** Drafts outlive the page: a reload, a lost claim and a replaced document leave what was written. */
export const draftOfPiece = (userId: string, customerId: string, type: string) =>
  draftOf<Draft>(userId, `review ${customerId} ${type}`);
