import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { UploadProgress } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { documentIdOf, type QueuedUpload } from '#lib/features/documents/upload-queue.ts';
import { m } from '#lib/paraglide/messages.js';
import type { PieceView } from '#lib/ui/pieces.ts';

/** How a slot stands: what is stored counts; without it, an upload on its way. */
export function slotState(item: CompletenessItem, own: QueuedUpload[], foreign: number): PieceView {
  if (item.state !== 'missing' && item.state !== 'returned') return item.state;
  const alive = own.filter((upload) => upload.state !== 'failed');
  if (foreign > 0) return 'uploading';
  if (alive.some((upload) => upload.state !== 'paused')) return 'sending';
  return alive.length > 0 ? 'paused' : item.state;
}

/** Why a required type does not count yet, in words. */
export function reasonWords(item: CompletenessItem): string {
  switch (item.reason) {
    case 'rejected':
      return m.reason_returned();
    case 'requested':
      return m.reason_requested();
    case 'expired':
      return m.reason_too_old({ days: item.maxAgeDays ?? 0 });
    case 'incomplete':
      return m.reason_part({ arrived: item.incomplete?.arrived ?? 0, total: item.incomplete?.total ?? 0 });
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
