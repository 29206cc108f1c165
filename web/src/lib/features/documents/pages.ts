import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { Mark, ViewerPage } from '#lib/features/viewer/viewer-page.ts';
import { reasonName } from '#lib/names.ts';

export function pagesOf(documents: readonly Document[]): ViewerPage[] {
  return documents.flatMap((document) =>
    Array.from({ length: document.pages ?? 1 }, (_, index) => ({
      documentId: document.id,
      version: document.version,
      page: index + 1,
      width: document.width,
      height: document.height,
      state: document.state,
      failure: document.failure,
      note: index === 0 ? document.note : null,
      filename: document.filename,
      isPdf: document.mime === 'application/pdf',
    })),
  );
}

/** What an auditor marked on a document when returning it, on the pages that `pagesOf` makes of it alone. */
export function marksOf({ region, reasonCode }: Document): Mark[] {
  if (!region) return [];
  const { page, ...place } = region;
  return [{ ...place, page: page - 1, label: reasonName(reasonCode), number: 1 }];
}

/** Photographs of one document in their order, everything else as it was uploaded. */
export function inOrder(documents: readonly Document[]): Document[] {
  return [...documents].sort((a, b) =>
    a.group && a.group.id === b.group?.id
      ? a.group.index - b.group.index
      : a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id),
  );
}

/** Returned before the present submission: shown as a former version, no longer judged. */
export function isFormer(document: Document, submittedAt: string | undefined): boolean {
  return (
    document.verdict === 'rejected' &&
    submittedAt !== undefined &&
    document.reviewedAt !== undefined &&
    document.reviewedAt < submittedAt
  );
}
