import { derivativeKey } from '@qijian/db/files/file-storage.ts';
import { claimPage, finishPage } from '@qijian/db/queries/document-pages.ts';
import type { JobData } from '@qijian/domain/contract/jobs.ts';
import { Unreadable } from '../images/rendering.ts';
import type { Services } from '../services.ts';

/** Longer than a decoder may take, so that no two workers make the same page. */
const LEASE_SECONDS = 20;

/** Makes picture and words of one page; a page that cannot be shown ends as `failed` with the reason. */
export async function renderPage(
  { db, files, decoders }: Pick<Services, 'db' | 'files' | 'decoders'>,
  { documentId, page }: JobData<'document.render-page'>,
): Promise<void> {
  await decoders.use(async (decoder) => {
    const claim = await claimPage(db, documentId, page, LEASE_SECONDS);
    if (!claim) return;
    try {
      const made = await decoder.renderPage({
        path: files.path(claim.storageKey),
        mime: 'application/pdf',
        page,
      });
      await Promise.all([
        files.put(derivativeKey(documentId, `page-${page}`), made.picture),
        files.put(
          derivativeKey(documentId, `text-${page}`),
          Buffer.from(JSON.stringify({ words: made.words })),
        ),
      ]);
      await finishPage(db, documentId, page, { state: 'ready', note: made.note });
    } catch (error) {
      if (!(error instanceof Unreadable)) {
        await finishPage(db, documentId, page, { state: 'processing' });
        throw error;
      }
      await finishPage(db, documentId, page, { state: 'failed', failure: error.failure });
    }
  });
}
