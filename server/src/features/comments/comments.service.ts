import { notify } from '@qijian/core/notify.ts';
import { type Db, snapshot, type Tx } from '@qijian/db/client.ts';
import {
  eraseComment,
  insertComment,
  listComments,
  readComment,
  updateComment,
} from '@qijian/db/queries/comments.ts';
import { lockCustomer, readCustomer } from '@qijian/db/queries/customer-row.ts';
import { readDocument } from '@qijian/db/queries/documents.ts';
import { appendAudit, appendEvents, readHead } from '@qijian/db/queries/events.ts';
import { readActive } from '@qijian/db/queries/users.ts';
import type {
  Comment,
  CommentListBody,
  CreateComment,
  EditComment,
} from '@qijian/domain/contract/api/comments.ts';
import { customerStream, type EventType } from '@qijian/domain/contract/live-events.ts';
import { v7 as uuidv7 } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';

const PAGE = 50;

/** A page of comments, newest first, in one snapshot with the head of the customer's stream. */
export function commentsOf(
  db: Db,
  customerId: string,
  page: { documentId?: string; cursor?: string; limit?: number },
): Promise<CommentListBody> {
  const { limit = PAGE } = page;
  return snapshot(db, async (tx) => {
    if (!(await readCustomer(tx, customerId))) throw new Problem('not-found');
    const found = await listComments(tx, customerId, {
      documentId: page.documentId,
      before: page.cursor,
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const nextCursor = found.length > limit ? (items.at(-1)?.id ?? null) : null;
    return { items, nextCursor, head: await readHead(tx, customerStream(customerId)) };
  });
}

/** Adds a comment; who is mentioned in it is told. */
export async function addComment(
  tx: Tx,
  principal: Principal,
  customerId: string,
  input: CreateComment,
): Promise<Comment> {
  if (!(await lockCustomer(tx, customerId))) throw new Problem('not-found');
  const documentId = input.documentId ?? null;
  if (documentId && (await readDocument(tx, documentId))?.row.customerId !== customerId) {
    throw fieldProblem('documentId', 'is not a document of this customer');
  }
  const mentions = await mentioned(tx, input.mentions ?? [], []);
  const comment = await insertComment(tx, {
    id: uuidv7(),
    customerId,
    documentId,
    authorId: principal.userId,
    body: input.body.trim(),
    mentions,
  });
  await record(tx, principal, 'comment.added', comment, 1);
  await notifyMentioned(tx, principal, comment, mentions);
  return comment;
}

/** Changes one's own comment; who was not mentioned before is told. */
export async function editComment(
  tx: Tx,
  principal: Principal,
  id: string,
  input: EditComment,
): Promise<Comment> {
  const row = await lockOwn(tx, principal, id);
  const mentions = await mentioned(tx, input.mentions ?? [], row.mentions);
  const comment = await updateComment(tx, id, { body: input.body.trim(), mentions });
  await record(tx, principal, 'comment.edited', comment, row.version + 1);
  await notifyMentioned(
    tx,
    principal,
    comment,
    mentions.filter((userId) => !row.mentions.includes(userId)),
  );
  return comment;
}

/** Deletes one's own comment: its words are gone everywhere. */
export async function deleteComment(tx: Tx, principal: Principal, id: string): Promise<void> {
  const row = await lockOwn(tx, principal, id);
  await record(tx, principal, 'comment.deleted', await eraseComment(tx, row), row.version + 1);
}

/** One's own comment, with its customer under lock, so that commands on it follow one another. */
async function lockOwn(tx: Tx, principal: Principal, id: string) {
  const known = await readComment(tx, id);
  if (!known || !(await lockCustomer(tx, known.customerId))) throw new Problem('not-found');
  const row = await readComment(tx, id);
  if (!row) throw new Problem('not-found');
  if (row.authorId !== principal.userId) {
    throw new Problem('not-allowed', { detail: 'Only its author changes a comment' });
  }
  return row;
}

/** Those that may be mentioned: people with an active account, and who was mentioned already. */
async function mentioned(tx: Tx, ids: string[], already: string[]): Promise<string[]> {
  const added = ids.filter((id) => !already.includes(id));
  const active = added.length > 0 ? await readActive(tx, added) : [];
  if (active.length < added.length)
    throw fieldProblem('mentions', 'names somebody without an active account');
  return ids;
}

async function record(
  tx: Tx,
  principal: Principal,
  type: Extract<EventType, `comment.${string}`>,
  comment: Comment,
  version: number,
): Promise<void> {
  const { id, customerId, documentId, mentions } = comment;
  await appendEvents(tx, [
    {
      streams: [customerStream(customerId)],
      entity: { type: 'comment', id },
      version,
      type,
      actor: actorOf(principal),
      data: { comment },
    },
  ]);
  await appendAudit(tx, [
    {
      actor: actorOf(principal),
      action: type,
      entityType: 'comment',
      entityId: id,
      customerId,
      detail: { documentId, mentions: mentions.map((person) => person.id) },
    },
  ]);
}

const notifyMentioned = (tx: Tx, principal: Principal, comment: Comment, to: string[]) =>
  notify(tx, [
    {
      kind: 'mention',
      customerId: comment.customerId,
      documentId: comment.documentId,
      commentId: comment.id,
      actor: actorOf(principal),
      to,
    },
  ]);
