import type { Db } from '@qijian/db/client.ts';
import { derivativeKey, type FileStorage } from '@qijian/db/files/file-storage.ts';
import { changeCustomer, lockCustomer } from '@qijian/db/queries/customer-changes.ts';
import { claimPreview, finishPreview, releasePreview } from '@qijian/db/queries/documents.ts';
import type { JobData } from '@qijian/domain/contract/jobs.ts';
import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { type DecoderPool, LONGEST_SECONDS } from '../images/decoder-pool.ts';
import { type Failure, type Rendering, Unreadable } from '../images/rendering.ts';

/** Longer than a decoder may take, so that no two workers make the same preview. */
const LEASE_SECONDS = LONGEST_SECONDS + 10;
const SYSTEM: Actor = { kind: 'system', id: null, name: 'system' };

export interface PreviewParts {
  db: Db;
  files: FileStorage;
  decoders: DecoderPool;
}

type Outcome = Rendering | { failure: Failure };

/**
 * Makes thumbnail and preview of a document and says so; a file that cannot be shown ends as `failed` with the reason.
 * Returns the customer whose completeness may have changed, or null when there was nothing to do.
 */
export async function makePreview(
  { db, files, decoders }: PreviewParts,
  { documentId }: JobData<'document.make-preview'>,
): Promise<{ customerId: string } | null> {
  // Claimed only once a decoder is free, so that the lease does not run out in the queue.
  const claimed = await decoders.use(async (decoder) => {
    const claim = await claimPreview(db, documentId, LEASE_SECONDS);
    if (!claim) return null;
    const outcome = decoder.render({ path: files.path(claim.storageKey), mime: claim.mime });
    return { customerId: claim.customerId, outcome: await settle(outcome) };
  });
  if (!claimed) return null;
  try {
    if (claimed.outcome instanceof Error) throw claimed.outcome;
    if ('preview' in claimed.outcome) {
      await Promise.all([
        files.put(derivativeKey(documentId, 'preview'), claimed.outcome.preview),
        files.put(derivativeKey(documentId, 'thumbnail'), claimed.outcome.thumbnail),
      ]);
    }
    await store(db, claimed.customerId, documentId, claimed.outcome);
  } catch (error) {
    await releasePreview(db, documentId);
    throw error;
  }
  return { customerId: claimed.customerId };
}

function settle(rendering: Promise<Rendering>): Promise<Outcome | Error> {
  return rendering.catch((error: Error) =>
    error instanceof Unreadable ? { failure: error.failure } : error,
  );
}

async function store(db: Db, customerId: string, documentId: string, outcome: Outcome): Promise<void> {
  await db.transaction(async (tx) => {
    if (!(await lockCustomer(tx, customerId))) return;
    const document = await finishPreview(
      tx,
      documentId,
      'failure' in outcome
        ? { state: 'failed', failure: outcome.failure }
        : {
            state: 'ready',
            note: outcome.note,
            pages: outcome.pages,
            width: outcome.width,
            height: outcome.height,
          },
    );
    // Deleted meanwhile, or finished by somebody whose lease had followed ours.
    if (!document) return;
    await changeCustomer(tx, {
      customerId,
      actor: SYSTEM,
      type: document.state === 'ready' ? 'document.ready' : 'document.failed',
      stale: true,
      data: { document },
      entity: { type: 'document', id: documentId },
      audit: 'failure' in outcome ? { failure: outcome.failure } : { pages: outcome.pages },
    });
  });
}
