import { describe, expect, it } from 'vitest';
import { PaintedDocuments } from './painted-documents.ts';

describe('who accepts a document', () => {
  it('waits until its page is on the screen', async () => {
    const painted = new PaintedDocuments();
    const answer = painted.wait('a');
    painted.add('b');
    painted.add('a');
    expect(await answer).toBe(true);
    expect(await painted.wait('a')).toBe(true);
  });

  it('hears at once that its page does not come, and accepts it when it has come after all', async () => {
    const painted = new PaintedDocuments();
    const answer = painted.wait('a');
    painted.failed('a');
    expect(await answer).toBe(false);
    expect(await painted.wait('a')).toBe(false);
    painted.add('a');
    expect(await painted.wait('a')).toBe(true);
  });

  it('no longer means it after going on', async () => {
    const painted = new PaintedDocuments();
    const answer = painted.wait('a');
    painted.giveUp();
    expect(await answer).toBeNull();
  });
});
