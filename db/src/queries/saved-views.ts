import type { ViewList } from '@qijian/domain/contract/api/customers.ts';
import { and, asc, eq } from 'drizzle-orm';
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
    .orderBy(asc(savedViews.createdAt))
    .limit(MAX_VIEWS);
}

export async function insertSavedView(
  db: DbOrTx,
  view: typeof savedViews.$inferInsert,
): Promise<SavedViewRow> {
  const rows = await db.insert(savedViews).values(view).returning();
  return rows[0] as SavedViewRow;
}

/** Changes one's own view of a list; null when there is none. */
export async function updateSavedView(
  db: DbOrTx,
  view: { id: string; userId: string; list: ViewList; name: string; query: string },
): Promise<SavedViewRow | null> {
  const rows = await db
    .update(savedViews)
    .set({ name: view.name, query: view.query })
    .where(
      and(eq(savedViews.id, view.id), eq(savedViews.userId, view.userId), eq(savedViews.list, view.list)),
    )
    .returning();
  return rows[0] ?? null;
}

/** Whether one's own view was there and is deleted. */
export async function deleteSavedView(db: DbOrTx, id: string, userId: string): Promise<boolean> {
  const rows = await db
    .delete(savedViews)
    .where(and(eq(savedViews.id, id), eq(savedViews.userId, userId)))
    .returning({ id: savedViews.id });
  return rows.length > 0;
}
