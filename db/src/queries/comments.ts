import type { Comment } from '@qijian/domain/contract/api/comments.ts';
import { customerStream } from '@qijian/domain/contract/live-events.ts';
import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { comments } from '../schema/comments.ts';

export type CommentRow = typeof comments.$inferSelect;

const columns = {
  row: comments,
  authorName: sql<string>`(select display_name from users where id = ${comments.authorId})`,
  people: sql<Comment['mentions']>`(
    select coalesce(json_agg(json_build_object('id', u.id, 'displayName', u.display_name)
      order by array_position(${comments.mentions}, u.id)), '[]')
    from users u where u.id = any (${comments.mentions}))`,
};

function toComment(selected: { row: CommentRow; authorName: string; people: Comment['mentions'] }): Comment {
  const { row } = selected;
  return {
    id: row.id,
    customerId: row.customerId,
    documentId: row.documentId,
    author: { id: row.authorId, displayName: selected.authorName },
    body: row.body,
    mentions: selected.people,
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}

/** A page of a customer's comments, newest first. */
export async function listComments(
  db: DbOrTx,
  customerId: string,
  page: { documentId?: string | undefined; before?: string | undefined; limit: number },
): Promise<Comment[]> {
  const rows = await db
    .select(columns)
    .from(comments)
    .where(
      and(
        eq(comments.customerId, customerId),
        page.documentId ? eq(comments.documentId, page.documentId) : undefined,
        page.before ? lt(comments.id, page.before) : undefined,
        isNull(comments.deletedAt),
      ),
    )
    .orderBy(desc(comments.id))
    .limit(page.limit);
  return rows.map(toComment);
}

/** A comment that is still there. */
export async function readComment(db: DbOrTx, id: string): Promise<CommentRow | null> {
  const rows = await db
    .select()
    .from(comments)
    .where(and(eq(comments.id, id), isNull(comments.deletedAt)));
  return rows[0] ?? null;
}

export async function insertComment(
  tx: Tx,
  comment: Pick<CommentRow, 'id' | 'customerId' | 'documentId' | 'authorId' | 'body' | 'mentions'>,
): Promise<Comment> {
  await tx.insert(comments).values({ ...comment, createdAt: sql`clock_timestamp()` });
  return written(tx, comment.id);
}

export async function updateComment(
  tx: Tx,
  id: string,
  set: Pick<CommentRow, 'body' | 'mentions'>,
): Promise<Comment> {
  await tx
    .update(comments)
    .set({ ...set, editedAt: sql`clock_timestamp()`, version: sql`${comments.version} + 1` })
    .where(eq(comments.id, id));
  return written(tx, id);
}

/** Empties a comment, in the log of its customer too. */
export async function eraseComment(tx: Tx, { id, customerId }: CommentRow): Promise<Comment> {
  await tx
    .update(comments)
    .set({ body: '', mentions: [], deletedAt: sql`clock_timestamp()`, version: sql`${comments.version} + 1` })
    .where(eq(comments.id, id));
  // Read the outbox first: events that are numbered in between are then found in the log.
  for (const log of ['outbox', 'stream_event']) {
    await tx.execute(sql`
      update ${sql.identifier(log)} set data = jsonb_set(data, '{comment,body}', '""')
      where stream = ${customerStream(customerId)} and entity_type = 'comment' and entity_id = ${id}`);
  }
  return written(tx, id);
}

async function written(tx: Tx, id: string): Promise<Comment> {
  const rows = await tx.select(columns).from(comments).where(eq(comments.id, id));
  return toComment(rows[0] as (typeof rows)[number]);
}
