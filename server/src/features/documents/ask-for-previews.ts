import { readPreviewPlaces } from '@qijian/db/queries/document-previews.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { FastifyInstance } from 'fastify';

/**
 * After the commit: previews for what has none, behind what the same link or person has waiting. Losing these costs only
 * delay.
 */
export function askForPreviews(app: FastifyInstance, documents: Document[]): void {
  const ids = documents.filter(({ state }) => state === 'processing').map(({ id }) => id);
  if (ids.length === 0) return;
  ask().catch((error) => app.log.debug({ err: error }, 'previews were not asked for; the reconciler will'));

  async function ask(): Promise<void> {
    for (const { id: documentId, ...place } of await readPreviewPlaces(app.db, ids))
      await app.jobs.enqueue('document.make-preview', { documentId }, { place });
  }
}
