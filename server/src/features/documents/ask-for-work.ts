import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { FastifyInstance } from 'fastify';

/** After the commit: previews for what has none, and the completeness of the customer. Losing these costs only delay. */
export function askForWork(app: FastifyInstance, documents: Document[]): void {
  for (const document of documents) {
    if (document.state === 'processing')
      void app.jobs.enqueue('document.make-preview', { documentId: document.id });
  }
  askForCompleteness(app, documents[0]);
}

/** After the commit: the completeness of a document's customer. */
export function askForCompleteness(app: FastifyInstance, document: Document | undefined): void {
  if (!document) return;
  void app.jobs.enqueue('customer.recalculate-completeness', { customerId: document.customerId });
}
