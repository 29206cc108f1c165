import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';
import { documentPages, documents } from '../schema/documents.ts';

export type PageRow = typeof documentPages.$inferSelect;

/** A page of a document, or one of its strips; both count from 1. */
export interface PagePart {
  documentId: string;
  page: number;
  strip?: number | undefined;
}

const isPart = ({ documentId, page, strip = 0 }: PagePart) =>
  and(eq(documentPages.documentId, documentId), eq(documentPages.page, page), eq(documentPages.strip, strip));

/** Asks for a page of a document: how far it is; nothing happens when it was asked for before. */
export async function askForPage(db: DbOrTx, part: PagePart): Promise<PageRow> {
  await db.insert(documentPages).values(part).onConflictDoNothing();
  return (await readPage(db, part)) as PageRow;
}

export async function readPage(db: DbOrTx, part: PagePart): Promise<PageRow | null> {
  const rows = await db.select().from(documentPages).where(isPart(part));
  return rows[0] ?? null;
}

/** Takes a page for making its picture, for `leaseSeconds`; null when there is nothing to do or somebody else is at it. */
export async function claimPage(
  db: DbOrTx,
  part: PagePart,
  leaseSeconds: number,
): Promise<{ storageKey: string; mime: string } | null> {
  const rows = await db
    .update(documentPages)
    .set({ attemptedAt: sql`clock_timestamp()` })
    .from(documents)
    .where(
      and(
        isPart(part),
        eq(documentPages.state, 'processing'),
        or(
          isNull(documentPages.attemptedAt),
          lt(documentPages.attemptedAt, sql`clock_timestamp() - make_interval(secs => ${leaseSeconds})`),
        ),
        eq(documents.id, documentPages.documentId),
        isNull(documents.deletedAt),
      ),
    )
    .returning({ storageKey: documents.storageKey, mime: documents.mime });
  return rows[0] ?? null;
}

/** Ends a page: `ready`, `failed` with the reason, or given back for another attempt. */
export async function finishPage(
  db: DbOrTx,
  part: PagePart,
  set:
    | { state: 'ready'; note: string | null }
    | { state: 'processing' }
    | { state: 'failed'; failure: string },
): Promise<void> {
  await db
    .update(documentPages)
    .set({ ...set, attemptedAt: null })
    .where(isPart(part));
}
