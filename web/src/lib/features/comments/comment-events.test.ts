import type { Comment } from '@qijian/domain/contract/api/comments.ts';
import type { EventType, LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { expect, test } from 'vitest';
import { afterComment } from './comment-events.ts';

const comment = (id: string, change: Partial<Comment> = {}) =>
  ({ id, body: id, documentId: null, editedAt: null, ...change }) as Comment;
const event = (type: EventType, of: Comment) => ({ type, data: { comment: of } }) as LiveEvent;
const after = (start: Comment[], events: LiveEvent[], documentId: string | null = null) =>
  events.reduce((comments, each) => afterComment(comments, each, documentId), start);

test('a comment is added once, in the order in which comments were written', () => {
  const shown = after(
    [comment('2')],
    [
      event('comment.added', comment('3')),
      event('comment.added', comment('1')),
      event('comment.added', comment('3')),
    ],
  );
  expect(shown.map(({ id }) => id)).toEqual(['3', '2', '1']);
});
test('an edit takes the place of what was written, and an earlier one changes nothing', () => {
  const late = comment('1', { body: 'late', editedAt: '2026-01-02' });
  const shown = after(
    [comment('1')],
    [event('comment.edited', late), event('comment.edited', comment('1', { editedAt: '2026-01-01' }))],
  );
  expect(shown).toEqual([late]);
  expect(after([], [event('comment.edited', late)])).toEqual([]);
});
test('a deleted comment goes, and one that was erased before is not shown', () => {
  expect(after([comment('1')], [event('comment.deleted', comment('1', { body: '' }))])).toEqual([]);
  expect(after([], [event('comment.added', comment('1', { body: '' }))])).toEqual([]);
});
test('beside a document stand the comments on it alone', () => {
  const shown = after(
    [],
    [
      event('comment.added', comment('1', { documentId: 'a' })),
      event('comment.added', comment('2', { documentId: 'b' })),
    ],
    'a',
  );
  expect(shown.map(({ id }) => id)).toEqual(['1']);
});
