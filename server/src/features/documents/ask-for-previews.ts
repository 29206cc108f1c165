import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { FastifyInstance } from 'fastify';

/** After the commit: previews for what has none. Losing these costs only delay. */
export function askForPreviews(app: FastifyInstance, documents: Document[]): void {
  for (const { id, state } of documents) {
    if (state === 'processing') void app.jobs.enqueue('document.make-preview', { documentId: id });
  }
}
