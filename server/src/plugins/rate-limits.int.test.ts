import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import type { FastifyInstance } from 'fastify';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../app.ts';
import { openWorld, type World } from '../features/documents/testing/documents-world.ts';
import { addCustomer, makeLink, openPhone, tokenOf, tryCode } from '../features/portal/testing/phones.ts';
import type { Person } from '../testing/test-app.ts';

const SOCKETS = 3;
const REQUESTS = 20;

let redis: TestRedis;
let world: World;
let second: FastifyInstance;
let admin: Person;
beforeAll(async () => {
  redis = await createTestRedis();
  world = await openWorld({
    REDIS_URL: redis.url,
    SESSION_MAX_SOCKETS_PER_MINUTE: String(SOCKETS),
    LINK_MAX_REQUESTS_PER_MINUTE: String(REQUESTS),
  });
  second = await buildApp(world.test.config);
  await second.ready();
  admin = await world.test.loginAs('admin');
});
afterAll(async () => {
  await second?.close();
  await world?.close();
  await redis?.drop();
});

/** Refused until it says that its time has come, in our words. */
function expectWait(answer: { statusCode: number; headers: object; json(): unknown }): void {
  expect(answer.statusCode).toBe(429);
  expect(answer.headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/problem\+json/),
  });
  const body = answer.json() as { type: string; retryAfter: number };
  expect(body).toMatchObject({ type: 'too-many-requests', status: 429, retryAfter: expect.any(Number) });
  expect(answer.headers).toMatchObject({ 'retry-after': String(body.retryAfter) });
  expect(body.retryAfter).toBeGreaterThan(0);
}

async function connect(cookie: string): Promise<string> {
  const socket: Socket = io(world.origin, {
    transports: ['polling'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie },
  });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected'));
      socket.once('connect_error', (error) =>
        resolve(String((error as { context?: { responseText?: string } }).context?.responseText)),
      );
    });
  } finally {
    socket.disconnect();
  }
}

describe('limits that all servers share', () => {
  test('what a link asks for is counted on whichever server it asks', async () => {
    const phone = await openPhone(world.test, admin, (await addCustomer(admin)).id);
    const ask = (app: FastifyInstance) =>
      app.inject({ url: '/api/portal/checklist', headers: { cookie: phone.cookie } });
    const answers = await Promise.all(
      Array.from({ length: 2 * REQUESTS }, (_, n) => ask(n % 2 ? second : world.test.app)),
    );
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(refused).toHaveLength(REQUESTS);
    for (const answer of refused) expectWait(answer);
  });

  test('the right code opens a link only so often', async () => {
    const token = tokenOf(await makeLink(admin, (await addCustomer(admin)).id));
    for (let n = 0; n < 30; n += 1) expect((await tryCode(world.test, token, '0021')).statusCode).toBe(200);
    expectWait(await tryCode(world.test, token, '0021'));
  });

  test('a session opens only so many sockets in a minute, and another session its own', async () => {
    const person = await world.test.loginAs('staff');
    for (let n = 0; n < SOCKETS; n += 1) expect(await connect(person.cookie)).toBe('connected');
    expect(await connect(person.cookie)).toContain('too-many-requests');
    expectWait(await world.test.app.inject({ url: '/api/feed', headers: { cookie: person.cookie } }));
    const other = await world.test.loginAs('staff');
    expect(await connect(other.cookie)).toBe('connected');
  });

  test('of more than 50 originals in ten minutes the administrators are told once; at 300 it ends', async () => {
    const person = await world.test.loginAs('staff', '林晓');
    const document = await world.add(
      person,
      (await addCustomer(person)).id,
      'front.jpg',
      sampleJpeg({ width: 640, height: 400 }),
    );
    const url = `/api/documents/${document.id}/file`;
    const told = async () =>
      (await admin.inject({ url: '/api/notifications' }))
        .json()
        .items.filter(({ kind }: { kind: string }) => kind === 'many-downloads');
    const download = (n: number) =>
      (n % 2 ? second : world.test.app).inject({ url, headers: { cookie: person.cookie } });
    for (let n = 0; n < 50; n += 1) expect((await download(n)).statusCode).toBe(200);
    expect(await told()).toEqual([]);
    for (let n = 50; n < 300; n += 1) expect((await download(n)).statusCode).toBe(200);
    expect(await told()).toMatchObject([{ actor: { id: person.id, name: '林晓' }, documentId: document.id }]);
    expectWait(await download(300));
    expect((await admin.inject({ url })).statusCode).toBe(200);
  });
});

describe('without Redis', () => {
  test('nobody is refused and nobody waits, whether it is gone or stands still', async () => {
    const phone = await openPhone(world.test, admin, (await addCustomer(admin)).id);
    const ask = async () => {
      const since = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 2 * REQUESTS }, () => phone.inject({ url: '/api/portal/checklist' })),
      );
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      return performance.now() - since;
    };
    await world.test.app.redis.client('PAUSE', 60_000);
    // Far from the patience of any client.
    expect(await ask()).toBeLessThan(5_000);
    await redis.stop();
    expect(await ask()).toBeLessThan(5_000);
  });
});
