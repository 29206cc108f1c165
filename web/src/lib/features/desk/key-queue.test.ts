import { expect, test } from 'vitest';
import { KeyQueue } from './key-queue.ts';
import { PaintedDocuments } from './painted-documents.ts';

/** A piece of work that ends when told. */
function work() {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const end = async (answer = true) => {
    resolve(answer);
    await promise;
  };
  return { run: () => promise, end };
}

test('a key pressed while the last one is under way has its effect afterwards, in order', async () => {
  const queue = new KeyQueue();
  const done: number[] = [];
  const first = work();
  queue.add(() => first.run().then(() => done.push(1)));
  queue.add(() => done.push(2));
  queue.add(() => done.push(3));
  expect(done).toEqual([]);
  await first.end();
  await expect.poll(() => done).toEqual([1, 2, 3]);
});

test('a key has its effect at once when nothing is under way', () => {
  const queue = new KeyQueue();
  const done: number[] = [];
  queue.add(() => done.push(1));
  queue.add(() => done.push(2));
  expect(done).toEqual([1, 2]);
});

test('what was asked for after something that is refused, or before Escape, is dropped; later keys work', async () => {
  const queue = new KeyQueue();
  const done: number[] = [];
  const refused = work();
  queue.add(refused.run);
  queue.add(() => done.push(1));
  await refused.end(false);
  await Promise.resolve();
  const next = work();
  queue.add(next.run);
  queue.add(() => done.push(2));
  queue.clear();
  await next.end();
  await Promise.resolve();
  queue.add(() => done.push(3));
  await expect.poll(() => done).toEqual([3]);
});

test('whoever waits for a document is told once it is on the screen, cannot come, or is waited for no longer', async () => {
  const painted = new PaintedDocuments();
  const told = painted.wait('a');
  painted.add('b');
  painted.add('a');
  expect(await told).toBe(true);
  expect(await painted.wait('a')).toBe(true);
  const broken = painted.wait('c');
  painted.failed('c');
  expect(await broken).toBe(false);
  const left = painted.wait('d');
  painted.giveUp();
  expect(await left).toBeNull();
});
