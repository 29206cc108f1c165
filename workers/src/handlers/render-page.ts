import { derivativeKey } from '@qijian/core/files/file-storage.ts';
import { claimPage, finishPage, markHeavy, type PagePart } from '@qijian/db/queries/document-pages.ts';
import type { JobData, Lane } from '@qijian/domain/contract/jobs.ts';
import { type Decoder, LONGEST_SECONDS, QUICK_MS } from '../images/decoder-pool.ts';
import { Unreadable } from '../images/rendering.ts';
import type { Services } from '../services.ts';

/** Longer than a decoder may take, so that no two workers make the same page. */
const LEASE_SECONDS = LONGEST_SECONDS + 10;

/**
 * Makes picture and words of one page, or a strip of one; what cannot be shown ends as `failed` with the reason. In the
 * quick lane what takes long is given back as `heavy`.
 */
export async function renderPage(
  { db, files, decoders }: Pick<Services, 'db' | 'files' | 'decoders'>,
  { documentId, page, strip, strips }: JobData<'document.render-page'>,
  lane: Lane,
): Promise<'done' | 'heavy'> {
  const maxWorkMs = lane === 'quick' ? QUICK_MS : undefined;
  const part: PagePart = { documentId, page, strip };
  return decoders.use(async (decoder) => {
    const claim = await claimPage(db, part, LEASE_SECONDS);
    if (!claim) return 'done';
    const file = { path: files.path(claim.storageKey), mime: claim.mime, page };
    try {
      const note =
        strip && strips
          ? await makeStrip(decoder, { ...file, strip, strips })
          : await makePage(decoder, file);
      await finishPage(db, part, { state: 'ready', note });
    } catch (error) {
      if (!(error instanceof Unreadable)) {
        await finishPage(db, part, { state: 'processing' });
        throw error;
      }
      if (lane === 'quick' && error.failure === 'timeout') {
        await markHeavy(db, documentId);
        await finishPage(db, part, { state: 'processing' });
        return 'heavy';
      }
      await finishPage(db, part, { state: 'failed', failure: error.failure });
    }
    return 'done';
  });

  async function makePage(decoder: Decoder, file: { path: string; mime: string; page: number }) {
    const made = await decoder.renderPage(file, maxWorkMs);
    await Promise.all([
      files.put(derivativeKey(documentId, `page-${page}`), made.picture),
      files.put(
        derivativeKey(documentId, `text-${page}`),
        Buffer.from(JSON.stringify({ words: made.words })),
      ),
    ]);
    return made.note;
  }
  async function makeStrip(decoder: Decoder, request: Parameters<Decoder['renderStrip']>[0]) {
    const picture = await decoder.renderStrip(request, maxWorkMs);
    await files.put(derivativeKey(documentId, `strip-${page}-${request.strip}`), picture);
    return null;
  }
}
