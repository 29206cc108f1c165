import type { Db } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { recordGlimpse } from '@qijian/db/queries/glimpses.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';

/** What is seen of a document: its original, the picture of a page, the words of a page, or a small picture. */
export type Look = 'downloaded' | 'viewed' | 'read' | 'glimpsed';

/**
 * The one gate: puts a look on record and only then lets `bytes` be made or sent; no row, no bytes. A glimpse is recorded
 * once per viewer, document and hour.
 */
export async function look<T>(
  db: Db,
  principal: Principal,
  document: { id: string; customerId: string },
  { kind, detail }: { kind: Look; detail?: Record<string, unknown> | undefined },
  bytes: () => T | Promise<T>,
): Promise<T> {
  const actor = actorOf(principal);
  if (kind === 'glimpsed') await recordGlimpse(db, actor, document);
  else
    await appendAudit(db, [
      {
        actor,
        action: `document.${kind}`,
        entityType: 'document',
        entityId: document.id,
        customerId: document.customerId,
        ...(detail ? { detail } : {}),
      },
    ]);
  return bytes();
}
