import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { DbOrTx } from '../client.ts';
import { documentPages, documents } from '../schema/documents.ts';

export type PageRow = typeof documentPages.$inferSelect;

/** Asks for a page of a document: how far it is; nothing happens when it was asked for before. */
export async function askForPage(db: DbOrTx, documentId: string, page: number): Promise<PageRow> {
  await db.insert(documentPages).values({ documentId, page }).onConflictDoNothing();
  return (await readPage(db, documentId, page)) as PageRow;
}

export async function readPage(db: DbOrTx, documentId: string, page: number): Promise<PageRow | null> {
  const rows = await db
    .select()
    .from(documentPages)
    .where(and(eq(documentPages.documentId, documentId), eq(documentPages.page, page)));
  return rows[0] ?? null;
}

/** Takes a page for making its picture, for `leaseSeconds`; null when there is nothing to do or somebody else is at it. */
export async function claimPage(
  db: DbOrTx,
  documentId: string,
  page: number,
  leaseSeconds: number,
): Promise<{ storageKey: string } | null> {
  const rows = await db
    .update(documentPages)
    .set({ attemptedAt: sql`clock_timestamp()` })
    .from(documents)
    .where(
      and(
        eq(documentPages.documentId, documentId),
        eq(documentPages.page, page),
        eq(documentPages.state, 'processing'),
        or(
          isNull(documentPages.attemptedAt),
          lt(documentPages.attemptedAt, sql`clock_timestamp() - make_interval(secs => ${leaseSeconds})`),
        ),
        eq(documents.id, documentPages.documentId),
        eq(documents.mime, 'application/pdf'),
        isNull(documents.deletedAt),
      ),
    )
    .returning({ storageKey: documents.storageKey });
  return rows[0] ?? null;
}

/** Ends a page: `ready`, `failed` with the reason, or given back for another attempt. */
export async function finishPage(
  db: DbOrTx,
  documentId: string,
  page: number,
  set:
    | { state: 'ready'; note: string | null }
    | { state: 'processing' }
    | { state: 'failed'; failure: string },
): Promise<void> {
  await db
    .update(documentPages)
    .set({ ...set, attemptedAt: null })
    .where(and(eq(documentPages.documentId, documentId), eq(documentPages.page, page)));
}
