import { UPLOADS_EXPIRE_AFTER } from '@qijian/core/files/sweep.ts';
import type { Db, DbOrTx } from '@qijian/db/client.ts';
import { insertReservation, readLink, readLinkUse } from '@qijian/db/queries/links.ts';
import type { Config } from '../../config.ts';
import { Problem } from '../../http/problem.ts';
import { customerActor, type PortalPrincipal, requireOpen } from '../../identity/portal-sessions.ts';
import type { Uploader } from '../documents/ingest.service.ts';
import { holdActiveLink, linkLimits } from './portal.service.ts';

export function portalUploader(principal: PortalPrincipal): Uploader {
  return { actor: customerActor(principal), userId: null, source: 'portal', linkId: principal.linkId };
}

/** Throws where a link has no room; under the lock of `holdLink` it is the last word. */
export async function requireRoom(
  db: DbOrTx,
  config: Config,
  linkId: string,
  wanted: { files: number; bytes: number },
): Promise<void> {
  const [used, limits] = [await readLinkUse(db, linkId), linkLimits(config)];
  if (used.files + wanted.files > limits.files) throw new Problem('link-files-exceeded');
  if (used.bytes + wanted.bytes > limits.bytes) throw new Problem('link-bytes-exceeded');
}

/** Keeps a place in the limits of a link for an upload that begins, until it ends or can no longer be taken up. */
export async function reserve(
  db: Db,
  config: Config,
  linkId: string,
  upload: { id: string; bytes: number },
): Promise<void> {
  await db.transaction(async (tx) => {
    await holdActiveLink(tx, linkId);
    await requireRoom(tx, config, linkId, { files: 1, bytes: upload.bytes });
    const expiresAt = new Date(Date.now() + UPLOADS_EXPIRE_AFTER);
    await insertReservation(tx, { uploadId: upload.id, linkId, bytes: upload.bytes, expiresAt });
  });
}

/** Throws when the link opens nothing any more. */
export async function checkLink(db: Db, linkId: string): Promise<void> {
  const link = await readLink(db, linkId);
  if (!link) throw new Problem('link-not-found');
  requireOpen(link);
}
