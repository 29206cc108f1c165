import { lockPurgeable, purgeCustomer } from '@qijian/db/queries/customers.ts';
import { allDocumentIds } from '@qijian/db/queries/documents.ts';
import type { Services } from './services.ts';

/**
 * Removes a customer deleted long ago, files first: whatever is cut off halfway is done again as long as the rows are
 * there. Nothing happens to one that has been restored meanwhile.
 */
export function purge({ db, files }: Pick<Services, 'db' | 'files'>, customerId: string): Promise<void> {
  return db.transaction(async (tx) => {
    if (!(await lockPurgeable(tx, customerId))) return;
    for (const documentId of await allDocumentIds(tx, customerId)) await files.removeDocument(documentId);
    await purgeCustomer(tx, customerId);
  });
}
