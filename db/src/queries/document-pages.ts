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

/** Where one more page of a document goes: behind those of it that wait already. */
export async function readPagePlace(
  db: DbOrTx,
  documentId: string,
): Promise<{ heavy: boolean; behind: number }> {
  const [place] = await db
    .select({
      heavy: documents.heavy,
      behind: sql<number>`(select greatest(0, count(*)::int - 1) from document_pages
        where document_id = ${documentId} and state = 'processing')`,
    })
    .from(documents)
    .where(eq(documents.id, documentId));
  return place ?? { heavy: false, behind: 0 };
}

/** Keeps it in mind that a page of a document took long. */
export async function markHeavy(db: DbOrTx, documentId: string): Promise<void> {
  await db.update(documents).set({ heavy: true }).where(eq(documents.id, documentId));
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
