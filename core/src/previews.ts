import type { Tx } from '@qijian/db/client.ts';
import { lockCustomer } from '@qijian/db/queries/customer-row.ts';
import { finishPreview } from '@qijian/db/queries/document-previews.ts';
import { SYSTEM } from '@qijian/domain/contract/live-events.ts';
import { changeCustomer } from './change-customer.ts';

/** What became of opening a document. */
export type PreviewOutcome =
  | { failure: string }
  | { note: string | null; pages: number; width: number; height: number };

/**
 * Ends `processing` with what was found: the document is ready, or failed with the reason. Nothing happens when it was
 * deleted meanwhile, or finished by somebody else.
 */
export async function storePreview(
  tx: Tx,
  of: { customerId: string; documentId: string },
  outcome: PreviewOutcome,
): Promise<void> {
  const before = await lockCustomer(tx, of.customerId);
  if (!before) return;
  const document = await finishPreview(tx, of.documentId, columnsOf(outcome));
  if (!document) return;
  await changeCustomer(tx, {
    customerId: of.customerId,
    before,
    actor: SYSTEM,
    type: document.state === 'failed' ? 'document.failed' : 'document.ready',
    data: { document },
    entity: { type: 'document', id: of.documentId },
    audit: 'failure' in outcome ? { failure: outcome.failure } : { pages: outcome.pages },
  });
}

function columnsOf(outcome: PreviewOutcome) {
  if ('failure' in outcome) return { state: 'failed' as const, failure: outcome.failure };
  const { note, pages, width, height } = outcome;
  return { state: 'ready' as const, note, pages, width, height };
}
