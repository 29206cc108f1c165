import type { Mark } from '#lib/features/viewer/viewer-page.ts';
import { reasonName } from '#lib/names.ts';
import type { Desk } from './desk.svelte.ts';
import type { Region } from './piece-drafts.svelte.ts';

/** What is marked on the pages of the current piece: being written, or said already. */
export function markedRegions(desk: Desk): Mark[] {
  const type = desk.current;
  if (!type) return [];
  const draft = desk.drafts.of(type);
  const written = draft.region ? [{ region: draft.region, label: reasonName(draft.reasonCodes[0]) }] : [];
  const said = desk
    .documents(type)
    .filter((document) => document.region && document.id !== draft.region?.documentId)
    .map((document) => ({
      region: { ...(document.region as Region), documentId: document.id },
      label: reasonName(document.reasonCode),
    }));
  return [...written, ...said].flatMap(({ region, label }, index) => {
    const page = desk.pages.findIndex(
      (one) => one.documentId === region.documentId && one.page === region.page,
    );
    const { x, y, width, height } = region;
    return page < 0 ? [] : [{ page, x, y, width, height, label, number: index + 1 }];
  });
}
