import type { Comment } from '@qijian/domain/contract/api/comments.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';

/** Comments, newest first, with one added or put in the place of its older self. */
export function withComment(comments: readonly Comment[], comment: Comment): Comment[] {
  const index = comments.findIndex(({ id }) => id === comment.id);
  const known = comments[index];
  if (known) {
    const isOlder = (comment.editedAt ?? '') < (known.editedAt ?? '');
    return isOlder ? [...comments] : comments.with(index, comment);
  }
  return [...comments, comment].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** The shown comments after one event of their customer; of one document only, where it is given. */
export function afterComment(
  comments: readonly Comment[],
  event: LiveEvent,
  documentId: string | null,
): Comment[] {
  if (!('comment' in event.data)) return [...comments];
  const { comment } = event.data;
  if (event.type === 'comment.deleted') return comments.filter(({ id }) => id !== comment.id);
  if (documentId && comment.documentId !== documentId) return [...comments];
  // Erased since: the log no longer holds its words.
  if (comment.body === '') return [...comments];
  if (event.type === 'comment.edited' && !comments.some(({ id }) => id === comment.id)) return [...comments];
  return withComment(comments, comment);
}
