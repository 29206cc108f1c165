import { storePreview } from '@qijian/core/previews.ts';
import type { Db } from '@qijian/db/client.ts';
import { sql } from 'drizzle-orm';

/** What a worker comes to with every document of a customer that is still being opened. */
export async function openDocuments(db: Db, customerId: string, failure?: string): Promise<void> {
  const rows = await db.execute<{ id: string }>(sql`
    select id from documents where customer_id = ${customerId} and state = 'processing' and deleted_at is null
    order by id`);
  for (const { id: documentId } of rows) {
    const outcome = failure ? { failure } : { note: null, pages: 1, width: 800, height: 600 };
    await db.transaction((tx) => storePreview(tx, { customerId, documentId }, outcome));
  }
}
