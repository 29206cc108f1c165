import { derivativeKey, type FileStorage } from '@qijian/core/files/file-storage.ts';
import { storePreview } from '@qijian/core/previews.ts';
import type { Db } from '@qijian/db/client.ts';
import { claimPreview, releasePreview } from '@qijian/db/queries/document-previews.ts';
import type { JobData, Lane } from '@qijian/domain/contract/jobs.ts';
import { type DecoderPool, LONGEST_SECONDS, QUICK_MS } from '../images/decoder-pool.ts';
import { type Failure, type Rendering, Unreadable } from '../images/rendering.ts';

/** Longer than a decoder may take, so that no two workers make the same preview. */
const LEASE_SECONDS = LONGEST_SECONDS + 10;

export interface PreviewParts {
  db: Db;
  files: FileStorage;
  decoders: DecoderPool;
}

type Outcome = Rendering | { failure: Failure };

/**
 * Makes thumbnail and preview of a document and says so; a file that cannot be shown ends as `failed` with the reason.
 * In the quick lane what takes long is given back as `heavy`.
 */
export async function makePreview(
  { db, files, decoders }: PreviewParts,
  { documentId }: JobData<'document.make-preview'>,
  lane: Lane,
): Promise<'done' | 'nothing' | 'heavy'> {
  // Claimed only once a decoder is free, so that the lease does not run out in the queue.
  const claimed = await decoders.use(async (decoder) => {
    const claim = await claimPreview(db, documentId, LEASE_SECONDS);
    if (!claim) return null;
    const file = { path: files.path(claim.storageKey), mime: claim.mime };
    const outcome = decoder.render(file, lane === 'quick' ? QUICK_MS : undefined);
    return { customerId: claim.customerId, outcome: await settle(outcome) };
  });
  if (!claimed) return 'nothing';
  try {
    if (claimed.outcome instanceof Error) throw claimed.outcome;
    if (lane === 'quick' && 'failure' in claimed.outcome && claimed.outcome.failure === 'timeout') {
      await releasePreview(db, documentId, { heavy: true });
      return 'heavy';
    }
    if ('preview' in claimed.outcome) {
      await Promise.all([
        files.put(derivativeKey(documentId, 'preview'), claimed.outcome.preview),
        files.put(derivativeKey(documentId, 'thumbnail'), claimed.outcome.thumbnail),
      ]);
    }
    const { customerId, outcome } = claimed;
    await db.transaction((tx) => storePreview(tx, { customerId, documentId }, outcome));
  } catch (error) {
    await releasePreview(db, documentId);
    throw error;
  }
  return 'done';
}

function settle(rendering: Promise<Rendering>): Promise<Outcome | Error> {
  return rendering.catch((error: Error) =>
    error instanceof Unreadable ? { failure: error.failure } : error,
  );
}
