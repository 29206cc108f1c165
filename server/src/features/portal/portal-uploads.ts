import type { Db } from '@qijian/db/client.ts';
import { readLink, releaseOnLink, reserveOnLink } from '@qijian/db/queries/links.ts';
import type { Config } from '../../config.ts';
import { Problem } from '../../plugins/problem.ts';
import type { Uploader } from '../documents/ingest.service.ts';
import { linkLimits } from './portal.service.ts';
import { customerActor, type PortalPrincipal, requireOpen } from './portal-sessions.ts';

export function portalUploader(principal: PortalPrincipal): Uploader {
  return { actor: customerActor(principal), userId: null, source: 'portal', linkId: principal.linkId };
}

/** Counts files and bytes against the limits of a link, or says which of them is in the way. */
export async function reserve(
  db: Db,
  config: Config,
  linkId: string,
  wanted: { files: number; bytes: number },
): Promise<void> {
  const answer = await reserveOnLink(db, linkId, wanted, linkLimits(config));
  if (answer !== 'reserved') throw new Problem(`link-${answer}-exceeded`);
}

/** Says early, before bytes are read, that a link has no room for them; `reserve` has the last word. */
export async function requireRoom(db: Db, config: Config, linkId: string, bytes: number): Promise<void> {
  const link = await readLink(db, linkId);
  const limits = linkLimits(config);
  if (link && link.files >= limits.files) throw new Problem('link-files-exceeded');
  if (link && link.bytes + bytes > limits.bytes) throw new Problem('link-bytes-exceeded');
}

/** What is counted for uploads that come to nothing is free again. */
export const release = (db: Db, linkId: string, unused: { files: number; bytes: number }) =>
  releaseOnLink(db, linkId, unused);

/** Throws when the link opens nothing any more. */
export async function checkLink(db: Db, linkId: string): Promise<void> {
  const link = await readLink(db, linkId);
  if (!link) throw new Problem('link-not-found');
  requireOpen(link);
}
