import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { appendEvents } from '@qijian/db/queries/events.ts';
import { insertApiToken } from '@qijian/db/queries/sessions.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { ROLES } from '@qijian/domain/rules/roles.ts';
import { io } from 'socket.io-client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../live/testing/live-world.ts';
import { createTestApp, endSessions, type Person, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let staff: Person;
let origin: string;
const open: { terminate(): void }[] = [];

beforeAll(async () => {
  test = await createTestApp();
  staff = await test.loginAs('staff');
  await test.app.listen({ port: 0, host: '127.0.0.1' });
  origin = `http://127.0.0.1:${(test.app.server.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});
afterAll(() => test.close());

async function newCustomer(): Promise<string> {
  const id = uuidv7();
  await test.app.db.insert(customers).values({
    id,
    name: '张三',
    phone: '13800138000',
    searchTerms: [],
    completeness: { required: 0, satisfied: 0, percent: 0, items: [], missing: [], checking: [] },
    createdBy: staff.id,
  });
  return id;
}

/** Commits and numbers events of a stream. */
async function append(stream: string, many = 1): Promise<void> {
  const { db, live } = test.app;
  for (let n = 0; n < many; n += 1) {
    await db.transaction((tx) =>
      appendEvents(tx, [
        {
          streams: [stream],
          entity: { type: 'catalog', id: 'x' },
          version: 1,
          type: 'catalog.changed',
          actor: { kind: 'system', id: null, name: '' },
          data: { recalculationId: null },
        },
      ]),
    );
  }
  live.flush();
  await until(
    async () => (await db.$client`select 1 from outbox`).length,
    (left) => left === 0,
  );
}

async function token(person: Person): Promise<{ id: string; bearer: string }> {
  const bearer = randomBytes(24).toString('base64url');
  const id = uuidv7();
  const tokenHash = createHash('sha256').update(bearer).digest('hex');
  await insertApiToken(test.app.db, { id, userId: person.id, name: 'test', tokenHash });
  return { id, bearer };
}

function feed(query: string, headers: Record<string, string>) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/feed${query}`, { headers });
  open.push(socket);
  const events: LiveEvent[] = [];
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (line) => events.push(JSON.parse(String(line))));
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) =>
      reject(new Error(String(response.statusCode))),
    );
    socket.on('error', reject);
  });
  return { socket, events, closed, opened };
}

describe('reading a stream over HTTP', () => {
  const read = (stream: string, query = '', person = staff) =>
    person.inject({ method: 'GET', url: `/api/streams/${stream}/events${query}` });

  it('gives pages in order, with head and epoch', async () => {
    const stream = `customer:${await newCustomer()}`;
    await append(stream, 5);
    const all = (await read(stream)).json();
    expect(all.events.map((event: LiveEvent) => event.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(all).toMatchObject({ head: 5, epoch: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const page = await read(stream, `?after=2&limit=2&epoch=${all.epoch}`);
    expect(page.json().events).toEqual(all.events.slice(2, 4));
    expect((await read(stream, '?after=5')).json()).toEqual({ events: [], head: 5, epoch: all.epoch });
  });

  it('goes on with the catalog from where types, checklists and a file were read', async () => {
    const customer = await newCustomer();
    await append('catalog');
    const answer = async (url: string) => (await staff.inject({ method: 'GET', url })).json();
    const heads = [
      (await answer('/api/document-types')).head,
      (await answer('/api/checklists')).head,
      (await answer(`/api/customers/${customer}/workspace`)).catalogHead,
    ];
    await append('catalog');
    for (const { stream, seq, epoch } of heads) {
      const { events } = (await read(stream, `?after=${seq}&epoch=${epoch}`)).json();
      expect(events.map(({ type }: LiveEvent) => type)).toEqual(['catalog.changed']);
    }
  });

  it('answers 410 when the log no longer reaches back, has not come so far, or is another one', async () => {
    const stream = `customer:${await newCustomer()}`;
    await append(stream, 3);
    await test.app.db.$client`delete from stream_event where stream = ${stream} and seq <= 2`;
    await test.app.db.$client`update stream_head set trimmed_to = 2 where stream = ${stream}`;
    for (const query of ['?after=1', '?after=4', '?after=2&epoch=another']) {
      const answer = await read(stream, query);
      expect([query, answer.statusCode, answer.json().type]).toEqual([query, 410, 'stream-gone']);
    }
    expect((await read(stream)).json().events.map((event: LiveEvent) => event.seq)).toEqual([3]);
  });

  it('names the field that is wrong, and wants somebody signed in', async () => {
    for (const query of ['?after=-1', '?after=x', '?limit=0', '?limit=501', '?nonsense=1']) {
      expect([query, (await read('customers', query)).statusCode]).toEqual([query, 422]);
    }
    const anonymous = await test.app.inject({ method: 'GET', url: '/api/streams/customers/events' });
    expect(anonymous.statusCode).toBe(401);
  });

  it.each(ROLES)(
    'gives a %s what the sockets give: the list, customers and the own stream, nothing else',
    async (role) => {
      const person = await test.loginAs(role);
      const [present, deleted] = [await newCustomer(), await newCustomer()];
      await test.app.db.$client`update customers set deleted_at = now() where id = ${deleted}`;
      const expected: [string, boolean][] = [
        ['customers', true],
        [`customer:${present}`, true],
        [`customer:${deleted}`, role === 'admin'],
        [`customer:${uuidv7()}`, false],
        [`customer:${present}:portal`, false],
        [`user:${person.id}`, true],
        [`user:${staff.id}`, false],
        ['nonsense', false],
      ];
      const socket = io(origin, {
        transports: ['websocket'],
        forceNew: true,
        extraHeaders: { cookie: person.cookie },
      });
      open.push({ terminate: () => socket.disconnect() });
      for (const [stream, allowed] of expected) {
        const answer = await read(stream, '', person);
        expect([stream, answer.statusCode]).toEqual([stream, allowed ? 200 : 404]);
        const subscribed = await socket.timeout(5_000).emitWithAck('subscribe', { stream });
        expect([stream, subscribed.ok]).toEqual([stream, allowed]);
        if (!allowed) expect(subscribed.problem.type).toBe('not-found');
      }
    },
  );
});

describe('the feed for programs', () => {
  it('sends what was missed and what comes, once and in order, as lines of JSON', async () => {
    const stream = `customer:${await newCustomer()}`;
    await append(stream, 450);
    const { bearer } = await token(staff);
    const headers = { authorization: `Bearer ${bearer}` };
    const resumed = feed(`?stream=${stream}&after=10`, headers);
    const live = feed(`?stream=${stream}`, headers);
    await Promise.all([resumed.opened, live.opened]);
    await append(stream, 3);
    await until(
      () => [resumed.events.length, live.events.length],
      ([a, b]) => a === 443 && b === 3,
    );
    expect(resumed.events.map((event) => event.seq)).toEqual(Array.from({ length: 443 }, (_, n) => n + 11));
    expect(live.events).toEqual(resumed.events.slice(-3));
  });

  it('follows the list of customers unless another stream is named', async () => {
    const { bearer } = await token(staff);
    const { opened, events } = feed('', { authorization: `Bearer ${bearer}` });
    await opened;
    await append('customers');
    await until(
      () => events,
      (list) => list.length === 1 && list[0]?.stream === 'customers',
    );
  });

  it('is refused with an ordinary answer before it opens', async () => {
    const { bearer } = await token(staff);
    const authorization = `Bearer ${bearer}`;
    const refusals: [string, Record<string, string>, string][] = [
      ['', {}, '401'],
      ['', { authorization: `Bearer ${'x'.repeat(32)}` }, '401'],
      ['', { authorization, origin: 'https://evil.example' }, '403'],
      ['', { cookie: staff.cookie, origin: 'null' }, '403'],
      [`?stream=customer:${uuidv7()}`, { authorization }, '404'],
      ['?after=99999999', { authorization }, '410'],
      ['?after=x', { authorization }, '422'],
    ];
    for (const [query, headers, status] of refusals) {
      await expect(feed(query, headers).opened, `${query} ${status}`).rejects.toThrow(status);
    }
  });

  it('ends within 2 s when its token is revoked, and brings nothing that was committed afterwards', async () => {
    const stream = `customer:${await newCustomer()}`;
    const { id, bearer } = await token(staff);
    const { opened, events, closed } = feed(`?stream=${stream}`, { authorization: `Bearer ${bearer}` });
    await opened;
    await append(stream);
    await until(
      () => events.length,
      (many) => many === 1,
    );
    await test.app.db.$client`update api_tokens set revoked_at = now() where id = ${id}`;
    const started = Date.now();
    await append(stream);
    expect(await closed).toBe(4401);
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(events).toHaveLength(1);
  });
});

describe('one port', () => {
  it('keeps no connection that asks for an upgrade where there is none, or is refused one', async () => {
    const { port } = test.app.server.address() as AddressInfo;
    for (const path of [
      '/api/feed',
      '/api/customers',
      '/healthz',
      '/',
      '/socket.io',
      '/socket.io/?EIO=4&transport=websocket',
    ]) {
      const tcp = connect({ port, host: '127.0.0.1' });
      const ended = new Promise<string>((resolve) => {
        let text = '';
        tcp.on('data', (chunk) => {
          text += chunk;
        });
        tcp.on('close', () => resolve(text));
      });
      tcp.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      expect(await ended, path).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });

  it('serves Socket.IO over real WebSockets beside the feed', async () => {
    const socket = io(origin, {
      transports: ['polling', 'websocket'],
      extraHeaders: { cookie: staff.cookie },
    });
    open.push({ terminate: () => socket.disconnect() });
    await until(
      () => socket.io.engine?.transport.name,
      (name) => name === 'websocket',
    );
    const { bearer } = await token(staff);
    await feed('', { authorization: `Bearer ${bearer}` }).opened;
  });

  it('closes the sockets of somebody who logs out', async () => {
    const person = await test.loginAs('auditor');
    const socket = io(origin, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { cookie: person.cookie },
    });
    open.push({ terminate: () => socket.disconnect() });
    await until(
      () => socket.connected,
      (connected) => connected,
    );
    await endSessions(test, person);
    await until(
      () => socket.connected,
      (connected) => !connected,
      2_000,
    );
  });
});
