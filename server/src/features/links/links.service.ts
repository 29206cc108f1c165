import { notify } from '@qijian/core/notify.ts';
import { openPortalView } from '@qijian/core/portal-views.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import { lockCustomer, readCustomer } from '@qijian/db/queries/customer-row.ts';
import { appendAudit, appendEvents } from '@qijian/db/queries/events.ts';
import {
  insertLink,
  type LinkRow,
  lockLink,
  readLinks,
  toLink,
  updateLink,
} from '@qijian/db/queries/links.ts';
import { readConcerned } from '@qijian/db/queries/notifications.ts';
import type { UploadLink } from '@qijian/domain/contract/api/links.ts';
import { type Actor, customerStream, type EventBodies } from '@qijian/domain/contract/live-events.ts';
import { linkState } from '@qijian/domain/rules/upload-links.ts';
import { v7 as uuidv7 } from 'uuid';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { linkHash, newLinkSecret } from './link-secret.ts';

/** Links of one customer that open something at the same time. */
const MOST_ACTIVE = 10;
const HOUR = 3_600_000;

type LinkEvent = Extract<keyof EventBodies, `link.${string}`>;

/** A link and its secret, which exists nowhere else and must not be stored. */
export interface NewLink {
  link: UploadLink;
  secret: string;
}

export async function linksOf(db: Db, customerId: string): Promise<UploadLink[]> {
  if (!(await readCustomer(db, customerId))) throw new Problem('not-found');
  const rows = await readLinks(db, customerId);
  return rows.map(({ row, creator }) => toLink(row, creator, Date.now()));
}

/** Invites one person to add documents to this customer. */
export async function createLink(
  tx: Tx,
  principal: Principal,
  customerId: string,
  input: { expiresInHours: number; label?: string | undefined },
): Promise<NewLink> {
  if (!(await lockCustomer(tx, customerId))) throw new Problem('not-found');
  const active = (await readLinks(tx, customerId)).filter(
    ({ row }) => linkState(row, Date.now()) === 'active',
  );
  if (active.length >= MOST_ACTIVE) {
    throw new Problem('state-conflict', { detail: `At most ${MOST_ACTIVE} links can be open at one time` });
  }
  await openPortalView(tx, customerId);
  const made = await insert(tx, principal, customerId, input);
  await recordLink(tx, actorOf(principal), 'link.created', made.row, made.link);
  return made;
}

/** Ends a link at once, with everything that was opened by it. */
export async function revokeLink(tx: Tx, principal: Principal, id: string): Promise<UploadLink> {
  const found = await lockLink(tx, id);
  if (!found) throw new Problem('not-found');
  if (found.row.revokedAt) return toLink(found.row, found.creator, Date.now());
  const row = await updateLink(tx, id, { revokedAt: new Date() });
  const link = toLink(row, found.creator, Date.now());
  await recordLink(tx, actorOf(principal), 'link.revoked', row, link);
  return link;
}

/** Ends a link and makes another for the same person instead. */
export async function reissueLink(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { expiresInHours: number; label?: string | undefined },
): Promise<NewLink> {
  const found = await lockLink(tx, id);
  if (!found) throw new Problem('not-found');
  if (found.row.replacedBy) {
    throw new Problem('state-conflict', { detail: 'Another link was issued instead of this one already' });
  }
  const { customerId, label, revokedAt } = found.row;
  const made = await insert(tx, principal, customerId, {
    expiresInHours: input.expiresInHours,
    label: input.label ?? label ?? undefined,
  });
  await updateLink(tx, id, { revokedAt: revokedAt ?? new Date(), replacedBy: made.row.id });
  await recordLink(tx, actorOf(principal), 'link.reissued', made.row, made.link, { replaced: id });
  return made;
}

async function insert(
  tx: Tx,
  principal: Principal,
  customerId: string,
  input: { expiresInHours: number; label?: string | undefined },
): Promise<NewLink & { row: LinkRow }> {
  const secret = newLinkSecret();
  const row = await insertLink(tx, {
    id: uuidv7(),
    customerId,
    label: input.label || null,
    tokenHash: linkHash(secret),
    createdBy: principal.userId,
    expiresAt: new Date(Date.now() + input.expiresInHours * HOUR),
  });
  return { row, secret, link: toLink(row, principal.name, Date.now()) };
}

/** The event and audit row of what happened to a locked link; the customer itself does not change by it. */
export async function recordLink<T extends LinkEvent>(
  tx: Tx,
  actor: Actor,
  type: T,
  row: LinkRow,
  link: UploadLink,
  more: Omit<EventBodies[T], 'link'> = {} as Omit<EventBodies[T], 'link'>,
): Promise<void> {
  await appendEvents(tx, [
    {
      streams: [customerStream(row.customerId)],
      entity: { type: 'link', id: row.id },
      version: row.version,
      type,
      actor,
      data: { ...more, link } as EventBodies[T],
    },
  ]);
  await appendAudit(tx, [
    {
      actor,
      action: type,
      entityType: 'link',
      entityId: row.id,
      customerId: row.customerId,
      detail: { ...more, triesLeft: link.triesLeft },
    },
  ]);
  if (type !== 'link.locked') return;
  const concerned = (await readConcerned(tx, [row.customerId])).get(row.customerId);
  const to = [...(concerned?.staff ?? []), row.createdBy];
  await notify(tx, [{ kind: 'link-locked', customerId: row.customerId, actor, to }]);
}
