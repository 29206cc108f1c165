import type { UploadLink } from '@qijian/domain/contract/api/links.ts';
import { LINK_TRIES, linkState, TRY_WAIT } from '@qijian/domain/rules/upload-links.ts';
import { and, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { customers } from '../schema/customers.ts';
import { handoffs, linkReservations, portalSessions, uploadLinks } from '../schema/links.ts';
import { users } from '../schema/users.ts';
import { countSlowed } from './users.ts';

const DAY_SECONDS = 86_400;

export type LinkRow = typeof uploadLinks.$inferSelect;

/** A stored link as staff see it. */
export function toLink(row: LinkRow, createdBy: string, now: number): UploadLink {
  return {
    id: row.id,
    customerId: row.customerId,
    label: row.label,
    state: linkState(row, now),
    createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    lastOpenedAt: row.lastOpenedAt?.toISOString() ?? null,
    openedCount: row.openedCount,
    triesLeft: Math.max(0, LINK_TRIES - row.failedTries),
    replacedBy: row.replacedBy,
  };
}

/** The links of a customer, newest first, with their makers' names; at most 100. */
export async function readLinks(
  db: DbOrTx,
  customerId: string,
): Promise<{ row: LinkRow; creator: string }[]> {
  return db
    .select({ row: uploadLinks, creator: users.displayName })
    .from(uploadLinks)
    .innerJoin(users, eq(users.id, uploadLinks.createdBy))
    .where(eq(uploadLinks.customerId, customerId))
    .orderBy(desc(uploadLinks.createdAt), desc(uploadLinks.id))
    .limit(100);
}

export async function insertLink(tx: Tx, values: typeof uploadLinks.$inferInsert): Promise<LinkRow> {
  const rows = await tx.insert(uploadLinks).values(values).returning();
  return rows[0] as LinkRow;
}

/**
 * Locks a link of a customer who is not deleted; null when there is none. Whoever needs the customer's row as well locks
 * it after the link.
 */
export async function lockLink(tx: Tx, id: string): Promise<{ row: LinkRow; creator: string } | null> {
  const rows = await tx
    .select({ row: uploadLinks, creator: users.displayName })
    .from(uploadLinks)
    .innerJoin(users, eq(users.id, uploadLinks.createdBy))
    .innerJoin(customers, and(eq(customers.id, uploadLinks.customerId), isNull(customers.deletedAt)))
    .where(eq(uploadLinks.id, id))
    .for('no key update', { of: uploadLinks });
  return rows[0] ?? null;
}

export async function readLink(db: DbOrTx, id: string): Promise<LinkRow | null> {
  const rows = await db.select().from(uploadLinks).where(eq(uploadLinks.id, id));
  return rows[0] ?? null;
}

/** Keeps a link as it is until the transaction ends: nobody revokes or locks it meanwhile, or takes a place in its limits. */
export async function holdLink(tx: Tx, id: string): Promise<LinkRow | null> {
  const rows = await tx.select().from(uploadLinks).where(eq(uploadLinks.id, id)).for('no key update');
  return rows[0] ?? null;
}

/** Changes a locked link and raises its version. */
export async function updateLink(
  tx: Tx,
  id: string,
  set: Partial<typeof uploadLinks.$inferInsert>,
): Promise<LinkRow> {
  const rows = await tx
    .update(uploadLinks)
    .set({ ...set, version: sql`${uploadLinks.version} + 1` })
    .where(eq(uploadLinks.id, id))
    .returning();
  return rows[0] as LinkRow;
}

/** Whether a link was replaced by this one, directly or by way of others. */
export async function isReplacedBy(db: DbOrTx, earlierId: string, linkId: string): Promise<boolean> {
  const rows = await db.execute(sql`
    with recursive later as (
      select id, replaced_by from upload_links where id = ${earlierId}
      union
      select link.id, link.replaced_by from upload_links link join later on link.id = later.replaced_by
    )
    select 1 from later where id = ${linkId}`);
  return rows.length > 0;
}

/** The link with this secret, its customer's phone, and its maker's name; null when unknown or its customer is deleted. */
export async function readLinkByToken(
  db: DbOrTx,
  tokenHash: string,
): Promise<{ row: LinkRow; phone: string; creator: string } | null> {
  const rows = await db
    .select({ row: uploadLinks, phone: customers.phone, creator: users.displayName })
    .from(uploadLinks)
    .innerJoin(users, eq(users.id, uploadLinks.createdBy))
    .innerJoin(customers, and(eq(customers.id, uploadLinks.customerId), isNull(customers.deletedAt)))
    .where(eq(uploadLinks.tokenHash, tokenHash));
  return rows[0] ?? null;
}

/**
 * Counts one answer to the question for the code, in one statement, so that any number at once count one after the
 * other. Null: the link bears no more tries, or opens nothing any more, and the answer must not be looked at.
 */
export async function countTry(tx: Tx, id: string, isRight: boolean): Promise<LinkRow | null> {
  const rows = await tx
    .update(uploadLinks)
    .set({
      version: sql`${uploadLinks.version} + 1`,
      ...(isRight
        ? { openedCount: sql`${uploadLinks.openedCount} + 1`, lastOpenedAt: sql`clock_timestamp()` }
        : { failedTries: sql`${uploadLinks.failedTries} + 1` }),
    })
    .where(
      and(
        eq(uploadLinks.id, id),
        lt(uploadLinks.failedTries, LINK_TRIES),
        isNull(uploadLinks.revokedAt),
        gt(uploadLinks.expiresAt, sql`now()`),
      ),
    )
    .returning();
  return rows[0] ?? null;
}

/**
 * Lets a device give one answer and counts it, in one statement; every further wrong one makes it wait longer. Answers
 * the seconds to wait where it is too early, and those after this answer should it be wrong.
 */
export async function countDeviceTry(
  db: DbOrTx,
  key: string,
): Promise<{ allowed: boolean; secondsLeft: number }> {
  const rule = { ...TRY_WAIT, most: DAY_SECONDS, forgottenAfter: DAY_SECONDS };
  const { attempt, secondsLeft } = await countSlowed(db, key, rule);
  return { allowed: attempt !== null, secondsLeft };
}

export async function insertPortalSession(
  tx: Tx,
  session: typeof portalSessions.$inferInsert,
): Promise<void> {
  await tx.insert(portalSessions).values(session);
}

export async function deletePortalSession(db: DbOrTx, idHash: string): Promise<void> {
  await db.delete(portalSessions).where(eq(portalSessions.idHash, idHash));
}

const openSession = (idHash: string) =>
  and(
    eq(portalSessions.idHash, idHash),
    gt(portalSessions.expiresAt, sql`now()`),
    eq(portalSessions.linkId, uploadLinks.id),
    eq(customers.id, uploadLinks.customerId),
    isNull(customers.deletedAt),
  );

/** The link behind a portal session, in whatever state it is, and when the session ends; null when there is none. */
export async function readPortalSession(
  db: DbOrTx,
  idHash: string,
): Promise<{ link: LinkRow; expiresAt: Date } | null> {
  const rows = await db
    .select({ link: uploadLinks, expiresAt: portalSessions.expiresAt })
    .from(portalSessions)
    .innerJoin(uploadLinks, eq(uploadLinks.id, portalSessions.linkId))
    .innerJoin(customers, eq(customers.id, uploadLinks.customerId))
    .where(openSession(idHash));
  return rows[0] ?? null;
}

/** What a link has been used for: what came by it, deleted or not, and uploads that have begun and may still end. */
export async function readLinkUse(db: DbOrTx, id: string): Promise<{ files: number; bytes: number }> {
  const rows = await db.execute<{ files: number; bytes: number }>(sql`
    select count(*)::int as files, coalesce(sum(bytes), 0)::float8 as bytes from (
      select size as bytes from documents where link_id = ${id}
      union all
      select bytes from link_reservations where link_id = ${id} and expires_at > now()) used`);
  return rows[0] as { files: number; bytes: number };
}

/** Keeps a place for an upload under way; the link must be locked. */
export async function insertReservation(
  tx: Tx,
  reservation: typeof linkReservations.$inferInsert,
): Promise<void> {
  await tx.insert(linkReservations).values(reservation);
}

/** Gives the place of an upload back that has come to nothing, or has arrived. */
export async function deleteReservation(db: DbOrTx, uploadId: string): Promise<void> {
  await db.delete(linkReservations).where(eq(linkReservations.uploadId, uploadId));
}

export async function insertHandoff(tx: Tx, handoff: typeof handoffs.$inferInsert): Promise<void> {
  await tx.insert(handoffs).values(handoff);
}

/** Uses up a code; null when it is unknown, used or too old. */
export async function takeHandoff(
  tx: Tx,
  tokenHash: string,
): Promise<{ sessionHash: string; customerId: string } | null> {
  const rows = await tx
    .delete(handoffs)
    .where(and(eq(handoffs.tokenHash, tokenHash), gt(handoffs.expiresAt, sql`now()`)))
    .returning({ sessionHash: handoffs.sessionHash, customerId: handoffs.customerId });
  return rows[0] ?? null;
}
