import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { UploadProgress } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { documentIdOf, type QueuedUpload } from '#lib/features/documents/upload-queue.ts';
import { m } from '#lib/paraglide/messages.js';

export type SlotState = 'missing' | 'received' | 'accepted' | 'returned' | 'uploading';

/** How a slot stands: what is stored counts; without it, an upload on its way. */
export function slotState(item: CompletenessItem, uploads: number): SlotState {
  if (item.state === 'missing' && uploads > 0) return 'uploading';
  if (item.state === 'returned' && uploads > 0) return 'uploading';
  return item.state;
}

const WORDS: Record<SlotState, () => string> = {
  missing: () => m.piece_missing(),
  received: () => m.piece_received(),
  accepted: () => m.piece_accepted(),
  returned: () => m.piece_returned(),
  uploading: () => m.piece_uploading(),
};
export const slotWords = (state: SlotState) => WORDS[state]();

/** Why a required type does not count yet, in words. */
export function reasonWords(item: CompletenessItem): string {
  switch (item.reason) {
    case 'rejected':
      return m.reason_returned();
    case 'expired':
      return m.reason_too_old({ days: item.maxAgeDays ?? 0 });
    case 'too-few-pages':
      return m.reason_too_few_pages({ pages: item.pages, minPages: item.minPages });
    case 'failed':
      return m.reason_unreadable();
    default:
      return m.reason_no_file();
  }
}

/** The uploads of colleagues into one slot: everything announced that is not this page's own. */
export function foreignUploads(
  all: Iterable<UploadProgress>,
  own: QueuedUpload[],
  customerId: string,
  type: string,
): UploadProgress[] {
  const ownIds = own.map(documentIdOf);
  return [...all].filter(
    (upload) => upload.customerId === customerId && upload.type === type && !ownIds.includes(upload.uploadId),
  );
}

/** The newest document first that counts, then returned ones; what a slot shows. */
export function shownDocuments(documents: Document[]): { current: Document[]; returned: Document[] } {
  const current = documents.filter((document) => document.verdict !== 'rejected');
  return { current, returned: documents.filter((document) => document.verdict === 'rejected') };
}
