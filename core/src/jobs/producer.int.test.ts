import { QUEUE_PREFIX } from '@qijian/domain/contract/jobs.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createProducer, type Producer } from './producer.ts';

const silent = { warn() {}, debug() {} };
let redis: TestRedis;
let connection: Redis;
let producer: Producer;
beforeAll(async () => {
  redis = await createTestRedis();
  connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  producer = createProducer(redis.url, silent);
});
afterAll(async () => {
  await producer.close();
  connection.disconnect();
  await redis.drop();
});

const waiting = async () => (await producer.waiting())?.documents;
const work = (done: (documentId: string) => Promise<void>) =>
  new Worker('documents', (job) => done(job.data.documentId), { connection, prefix: QUEUE_PREFIX });

test('what is asked for once waits once, however often it is asked for, and can be asked for again when it has ended', async () => {
  const [one, other] = [uuidv7(), uuidv7()];
  const ask = (documentId: string) =>
    producer.enqueue('document.make-preview', { documentId }, { once: true });
  for (let n = 0; n < 5; n++) await Promise.all([ask(one), ask(other)]);
  expect(await waiting()).toBe(2);
  const done: string[] = [];
  const worker = work(async (documentId) => void done.push(documentId));
  try {
    await vi.waitFor(() => expect(done.toSorted()).toEqual([one, other].toSorted()));
    await vi.waitFor(async () => {
      await ask(one);
      expect(done).toHaveLength(3);
    });
  } finally {
    await worker.close();
  }
});

test('what somebody waits for goes before what is being caught up with', async () => {
  const [old, older, fresh] = [uuidv7(), uuidv7(), uuidv7()];
  for (const documentId of [old, older])
    await producer.enqueue('document.make-preview', { documentId }, { once: true });
  await producer.enqueue('document.make-preview', { documentId: fresh });
  const done: string[] = [];
  const worker = work(async (documentId) => void done.push(documentId));
  try {
    await vi.waitFor(() => expect(done).toEqual([fresh, old, older]));
  } finally {
    await worker.close();
  }
});

test('what is asked for without it is never left out, for the facts may have changed since the first', async () => {
  const documentId = uuidv7();
  await producer.enqueue('document.make-preview', { documentId }, { once: true });
  await producer.enqueue('document.make-preview', { documentId });
  await producer.enqueue('document.make-preview', { documentId });
  expect(await waiting()).toBe(3);
  await new Queue('documents', { connection, prefix: QUEUE_PREFIX }).drain();
});

test('a Redis that hangs holds up nobody who asks', async () => {
  const ended: string[] = [];
  const other = connection.duplicate();
  await other.client('PAUSE', 6_000, 'ALL');
  await Promise.all([
    producer.enqueue('document.make-preview', { documentId: uuidv7() }).then(() => ended.push('asked')),
    connection.ping().then(() => ended.push('answered by Redis')),
  ]);
  expect(ended).toEqual(['asked', 'answered by Redis']);
  other.disconnect();
});
