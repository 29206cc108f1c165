import type { ViewList } from '@qijian/domain/contract/api/views.ts';
import { and, asc, eq } from 'drizzle-orm';
import type { PostgresError } from 'postgres';
import type { DbOrTx } from '../client.ts';
import { savedViews } from '../schema/customers.ts';

export type SavedViewRow = typeof savedViews.$inferSelect;

/** A person's views, oldest first; at most 30 (`MAX_VIEWS`). */
export const MAX_VIEWS = 30;
export function readSavedViews(db: DbOrTx, userId: string): Promise<SavedViewRow[]> {
  return db
    .select()
    .from(savedViews)
    .where(eq(savedViews.userId, userId))
    .orderBy(asc(savedViews.createdAt), asc(savedViews.id))
    .limit(MAX_VIEWS);
}

/** Stores a view; null when one's own views have one of this name, however it is written. */
export async function insertSavedView(
  db: DbOrTx,
  view: typeof savedViews.$inferInsert,
): Promise<SavedViewRow | null> {
  const rows = await db.insert(savedViews).values(view).onConflictDoNothing().returning();
  return rows[0] ?? null;
}

/** Changes one's own view of a list; null when there is none, `taken` when another one has the name. */
export async function updateSavedView(
  db: DbOrTx,
  view: { id: string; userId: string; list: ViewList; name: string; query: string },
): Promise<SavedViewRow | 'taken' | null> {
  const rows = await db
    .update(savedViews)
    .set({ name: view.name, query: view.query })
    .where(
      and(eq(savedViews.id, view.id), eq(savedViews.userId, view.userId), eq(savedViews.list, view.list)),
    )
    .returning()
    .catch((error: Error) => {
      if ((error.cause as PostgresError | undefined)?.constraint_name === 'saved_views_name')
        return 'taken' as const;
      throw error;
    });
  return rows === 'taken' ? rows : (rows[0] ?? null);
}

/** Whether one's own view was there and is deleted. */
export async function deleteSavedView(db: DbOrTx, id: string, userId: string): Promise<boolean> {
  const rows = await db
    .delete(savedViews)
    .where(and(eq(savedViews.id, id), eq(savedViews.userId, userId)))
    .returning({ id: savedViews.id });
  return rows.length > 0;
}
