import { describe, expect, it } from 'vitest';
import { ProblemError } from './api.ts';
import { type Change, WaitingChanges } from './waiting-changes.ts';

const problem = (status: number, type: string, current?: unknown) =>
  new ProblemError({ type, title: '', status, detail: '', instance: '', current } as never);

function world() {
  const sent: Change[] = [];
  let answer: () => void = () => {};
  let stored: Change[] = [];
  const waiting = new WaitingChanges({
    send: async (change) => {
      answer();
      sent.push(change);
    },
    store: (changes) => {
      stored = changes;
    },
  });
  return {
    waiting,
    sent,
    stored: () => stored,
    fail: (error?: Error) => {
      answer = () => {
        if (error) throw error;
      };
    },
  };
}
const note = (id: string, body: Record<string, unknown>): Change => ({
  id,
  customerId: 'c',
  customer: '陈思远',
  text: '备注',
  at: 0,
  method: 'PATCH',
  path: '/api/customers/c',
  body: { version: 5, ...body },
});
const comment = (id: string): Change => ({
  ...note(id, {}),
  method: 'POST',
  path: '/api/customers/c/comments',
  body: { body: id },
});

describe('what a person writes without a connection', () => {
  it('is sent once, in order, when the connection is back', async () => {
    const { waiting, sent, fail, stored } = world();
    fail(problem(0, 'unavailable'));
    waiting.add(comment('one'));
    waiting.add(comment('two'));
    await waiting.send();
    expect(stored().map(({ id }) => id)).toEqual(['one', 'two']);
    fail();
    await Promise.all([waiting.send(), waiting.send()]);
    expect(sent.map(({ id }) => id)).toEqual(['one', 'two']);
    expect(stored()).toEqual([]);
  });

  it('is there again on the page after a reload', async () => {
    const { waiting, sent } = world();
    waiting.restore([comment('left')]);
    await waiting.send();
    expect(sent.map(({ id }) => id)).toEqual(['left']);
  });

  it('is one change where the same fields were edited twice, on what was seen first', async () => {
    const { waiting, sent } = world();
    waiting.add(note('a', { note: '周四', amount: 1 }));
    waiting.add({ ...note('b', { note: '周五' }), body: { version: 9, note: '周五' } });
    await waiting.send();
    expect(sent.map(({ body }) => body)).toEqual([{ version: 5, note: '周五', amount: 1 }]);
  });

  it('is asked about when a colleague changed the same, and then done as the person says', async () => {
    const { waiting, sent, fail, stored } = world();
    fail(problem(409, 'version-conflict', { version: 8, updatedBy: '苏沐' }));
    waiting.add(note('a', { note: '周五' }));
    await waiting.send();
    expect(stored()[0]?.contested).toEqual({ by: '苏沐', version: 8 });
    fail();
    await waiting.send();
    expect(sent).toEqual([]);
    waiting.insist('a');
    await waiting.send();
    expect(sent[0]?.body).toEqual({ version: 8, note: '周五' });
  });

  it('waits on where the server says that it cannot now', async () => {
    const { waiting, sent, fail, stored } = world();
    for (const status of [503, 429, 401]) {
      fail(problem(status, 'unavailable'));
      waiting.add(comment(`at ${status}`));
      await waiting.send();
    }
    expect(stored().map(({ refused }) => refused)).toEqual([undefined, undefined, undefined]);
    fail();
    await waiting.send();
    expect(sent).toHaveLength(3);
  });

  it('is kept with the reason when the server refuses it, and holds up nothing behind it', async () => {
    const { waiting, sent, fail, stored } = world();
    fail(problem(409, 'state-conflict'));
    waiting.add(note('a', { amount: 3 }));
    await waiting.send();
    fail();
    waiting.add(comment('behind'));
    await waiting.send();
    expect(sent.map(({ id }) => id)).toEqual(['behind']);
    expect(stored().map(({ id, refused }) => [id, refused])).toEqual([['a', 'state-conflict']]);
  });
});
