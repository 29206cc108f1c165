import { describe, expect, it } from 'vitest';
import { StreamCursor } from './stream-cursor.ts';

describe('a reader of a numbered stream', () => {
  it('applies the next number and drops what it has seen', () => {
    const cursor = new StreamCursor(4, 'a');
    expect(cursor.take(5)).toBe('apply');
    expect(cursor.take(5)).toBe('drop');
    expect(cursor.take(3)).toBe('drop');
    expect(cursor.applied).toBe(5);
  });

  it('asks again after a gap and stays where it was', () => {
    const cursor = new StreamCursor(4, 'a');
    expect(cursor.take(7)).toBe('resubscribe');
    expect(cursor.applied).toBe(4);
  });
});
