import { expect, it } from 'vitest';
import { pieceView } from './pieces.ts';

it.each([
  ['missing', 'uploading'],
  ['returned', 'uploading'],
  ['received', 'received'],
  ['accepted', 'accepted'],
] as const)('a piece that is %s shows an upload on its way as %s', (state, view) => {
  expect(pieceView({ type: 'other', state }, ['other'])).toBe(view);
});

it('a paused upload is not drawn as a going one, and that of another type not at all', () => {
  expect(pieceView({ type: 'other', state: 'returned' }, ['other'], { paused: ['other'] })).toBe('paused');
  expect(pieceView({ type: 'other', state: 'missing' }, ['income_proof'])).toBe('missing');
});

it('one’s own upload is drawn apart from that of somebody else', () => {
  const piece = { type: 'other', state: 'missing' } as const;
  expect(pieceView(piece, ['other'], { own: ['other'] })).toBe('sending');
  expect(pieceView(piece, ['other'], { own: ['income_proof'] })).toBe('uploading');
});
