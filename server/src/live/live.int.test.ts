import type { PresentPerson, SubscribeAnswer, UploadProgress } from '@qijian/domain/contract/live-events.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asLogged, BY_WAKES_ALONE, openLive, openWorld, until } from './testing/live-world.ts';
import { SequencingClient } from './testing/sequencing-client.ts';

let database: TestDatabase;
let redis: TestRedis;
let world: ReturnType<typeof openWorld>;
let one: Awaited<ReturnType<typeof openLive>>;
let two: Awaited<ReturnType<typeof openLive>>;
let staff: { userId: string; cookie: string; idHash: string };
const opened: { disconnect(): unknown }[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  world = openWorld(database.url);
  one = await openLive(database.url, redis.url);
  two = await openLive(database.url, redis.url);
  staff = await world.person();
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.disconnect();
});
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()]);
  await world?.close();
  await Promise.all([database?.drop(), redis?.drop()]);
});

function follow(url: string, stream: string, cookie = staff.cookie): SequencingClient {
  const client = new SequencingClient(url, stream, { cookie });
  opened.push(client.socket);
  return client;
}

async function connected(
  url: string,
  cookie = staff.cookie,
  options: Parameters<typeof io>[1] = {},
): Promise<Socket> {
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie },
    ...options,
  });
  opened.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return socket;
}

const subscribe = (socket: Socket, body: unknown): Promise<SubscribeAnswer> =>
  socket.timeout(5_000).emitWithAck('subscribe', body);

describe('following a stream', () => {
  it('brings an event to subscribers of this server and of another one through Redis, without waiting for a check', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    const servers = await Promise.all([1, 2].map(() => openLive(database.url, redis.url, BY_WAKES_ALONE)));
    const clients = servers.map(({ url }) => follow(url, customer));
    await until(() => clients.every((client) => client.epoch), Boolean);
    // Whoever has just subscribed joins with the first wake.
    for (const n of [1, 2]) {
      await world.append(customer);
      servers[0]?.live.flush();
      await until(
        () => clients.map((client) => client.position),
        (positions) => positions.every((position) => position === n),
      );
    }
    await Promise.all(servers.map((server) => server.close()));
  });

  it('lets a late subscriber catch up through many pages while events go on, without a gap or a double', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    for (let n = 0; n < 50; n += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => world.append(customer, n * 20 + i)));
    }
    one.live.flush();
    const clients: SequencingClient[] = [];
    for (let n = 0; n < 40; n += 1) {
      await world.append(customer, n);
      one.live.flush();
      if (n % 4 === 0) clients.push(follow(n % 8 ? one.url : two.url, customer));
    }
    const log = await until(
      () => world.log(customer),
      (rows) => rows.length === 1040,
    );
    await until(
      () => clients.map((c) => c.position),
      (p) => p.every((n) => n === 1040),
    );
    for (const client of clients) {
      expect(asLogged(client.applied)).toEqual(log);
      expect({ doubled: client.doubled, gaps: client.gaps, faults: client.faults }).toEqual({
        doubled: 0,
        gaps: 0,
        faults: [],
      });
    }
  });

  it('begins at the head without a number, and at the number given', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    for (let n = 0; n < 3; n += 1) await world.append(customer, n);
    one.live.flush();
    await until(
      () => world.log(customer),
      (rows) => rows.length === 3,
    );
    const [late, early] = [await connected(two.url), await connected(two.url)];
    const seen: Record<string, number[]> = { late: [], early: [] };
    late.on('event', (event) => seen.late?.push(event.seq));
    early.on('event', (event) => seen.early?.push(event.seq));
    expect(await subscribe(late, { stream: customer })).toMatchObject({ ok: true, head: 3 });
    expect(await subscribe(early, { stream: customer, after: 1 })).toMatchObject({ ok: true, head: 3 });
    await world.append(customer, 4);
    two.live.flush();
    await until(
      () => seen,
      (s) => s.late?.length === 1 && s.early?.length === 3,
    );
    expect(seen).toEqual({ late: [4], early: [2, 3, 4] });
  });

  it.each(['websocket', 'polling'])(
    'sends what is committed together, together and in order, over %s',
    async (transport) => {
      const customer = `customer:${await world.customer(staff.userId)}`;
      const socket = await connected(one.url, staff.cookie, { transports: [transport] });
      await subscribe(socket, { stream: customer });
      const seen: number[] = [];
      socket.on('event', (event) => seen.push(event.seq));
      await world.append(customer, 0);
      one.live.flush();
      await until(
        () => seen.length,
        (count) => count === 1,
      );
      const before = one.live.stats().broadcasts;
      for (let n = 1; n < 50; n += 1) await world.append(customer, n);
      one.live.flush();
      await until(
        () => seen.length,
        (count) => count === 50,
      );
      expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
      expect(one.live.stats().broadcasts - before).toBeLessThan(50);
    },
  );

  it('says that the log is gone for another epoch, a trimmed number and a number beyond the head', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    for (let n = 0; n < 5; n += 1) await world.append(customer, n);
    one.live.flush();
    await until(
      () => world.log(customer),
      (rows) => rows.length === 5,
    );
    await world.sql`update stream_head set trimmed_to = 2 where stream = ${customer}`;
    const socket = await connected(one.url);
    const gone = { ok: false, problem: { type: 'stream-gone' } };
    expect(await subscribe(socket, { stream: customer, after: 1 })).toMatchObject(gone);
    expect(await subscribe(socket, { stream: customer, after: 6 })).toMatchObject(gone);
    expect(await subscribe(socket, { stream: customer, after: 5, epoch: 'another' })).toMatchObject(gone);
    expect(await subscribe(socket, { stream: customer, after: 2 })).toMatchObject({ ok: true, head: 5 });
  });

  it('numbers by its own timer what a server that died left in the outbox', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    const client = follow(one.url, customer);
    await until(() => client.epoch, Boolean);
    await world.append(customer);
    await until(
      () => client.position,
      (n) => n === 1,
    );
  });

  it('ends a subscription when it is given up', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    const [gone, stays] = [await connected(one.url), await connected(one.url)];
    const seen: string[] = [];
    gone.on('event', () => seen.push('gone'));
    stays.on('event', () => seen.push('stays'));
    await subscribe(gone, { stream: customer });
    await subscribe(stays, { stream: customer });
    expect(await gone.emitWithAck('unsubscribe', { stream: customer })).toEqual({ ok: true });
    await world.append(customer);
    one.live.flush();
    await until(
      () => seen.length,
      (n) => n > 0,
    );
    expect(seen).toEqual(['stays']);
  });
});

describe('with parts away', () => {
  it('starts, serves its own subscribers and ends without Redis, and wakes others once it is there', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    await redis.stop();
    const [third, ended] = [
      await openLive(database.url, redis.url, BY_WAKES_ALONE),
      await openLive(database.url, redis.url),
    ];
    await ended.close();
    const [near, far] = [follow(third.url, customer), follow(one.url, customer)];
    await until(
      () => near.epoch && far.epoch,
      (epoch) => epoch !== undefined,
    );
    await world.append(customer);
    third.live.flush();
    await until(
      () => near.position,
      (n) => n === 1,
    );
    // Another server finds it without a wake.
    await until(
      () => far.position,
      (n) => n === 1,
    );
    await redis.start();
    let waited = 1_000;
    for (let n = 2; n < 30 && waited > 300; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const started = Date.now();
      await world.append(customer, n);
      third.live.flush();
      await until(
        () => far.position,
        (position) => position === n,
      );
      waited = Date.now() - started;
    }
    expect(waited).toBeLessThan(300);
    await third.close();
  });

  it('goes on when its database connections were cut, with nothing lost', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    const client = follow(one.url, customer);
    await until(
      () => client.epoch,
      (epoch) => epoch !== undefined,
    );
    for (let n = 1; n <= 5; n += 1) {
      await world.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'qijian-live'`;
      await world.append(customer, n);
      one.live.flush();
    }
    await until(
      () => client.position,
      (position) => position === 5,
    );
    expect(asLogged(client.applied)).toEqual(await world.log(customer));
  });

  it('sends everybody back to begin anew when the log has another epoch, as after a restore', async () => {
    const socket = await connected(one.url);
    const { epoch } = (await subscribe(socket, { stream: 'customers' })) as { epoch: string };
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await world.sql`update installation set epoch = gen_random_uuid()`;
    await until(
      () => socket.connected,
      (open) => !open,
    );
    const again = await connected(one.url);
    const refused = await subscribe(again, { stream: 'customers', after: 0, epoch });
    expect(refused).toMatchObject({ ok: false, problem: { type: 'stream-gone' } });
  });
});

describe('who may listen', () => {
  it('is a real WebSocket, not polling that nobody upgraded', async () => {
    const upgraded = await connected(one.url, staff.cookie, { transports: ['polling', 'websocket'] });
    await until(
      () => upgraded.io.engine.transport.name,
      (name) => name === 'websocket',
    );
    const direct = await connected(one.url);
    expect(direct.io.engine.transport.name).toBe('websocket');
  });

  it.each(['polling', 'websocket'])(
    'refuses pages of other sites and strangers over %s',
    async (transport) => {
      const open = (headers: Record<string, string>) =>
        connected(one.url, staff.cookie, { transports: [transport], extraHeaders: headers });
      const { cookie } = staff;
      const { port } = new URL(one.url);
      for (const origin of [
        'https://evil.example',
        'null',
        `http://127.0.0.1:${port}.evil.example`,
        `${one.url}0`,
      ]) {
        await expect(open({ cookie, origin }), origin).rejects.toThrow();
      }
      await expect(open({ cookie, 'sec-fetch-site': 'cross-site' })).rejects.toThrow();
      await expect(open({})).rejects.toThrow();
      await expect(open({ cookie: 'qijian=0000' })).rejects.toThrow();
      expect((await open({ cookie, origin: one.url })).connected).toBe(true);
    },
  );

  it('answers unknown, foreign and portal streams with the same not-found', async () => {
    const customerId = await world.customer(staff.userId);
    const deletedId = await world.customer(staff.userId);
    await world.sql`update customers set deleted_at = now() where id = ${deletedId}`;
    const other = await world.person();
    const socket = await connected(one.url);
    const refused = [
      'nonsense',
      'customer:01234567-89ab-7cde-8f01-23456789abcd',
      `customer:${customerId}:portal`,
      `customer:${deletedId}`,
      `user:${other.userId}`,
    ];
    const answers = await Promise.all(refused.map((stream) => subscribe(socket, { stream })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ ok: false, problem: { type: 'not-found' } });
    expect(await subscribe(socket, { stream: `user:${staff.userId}` })).toMatchObject({ ok: true });
  });

  it('survives malformed payloads, missing acknowledgements and a flood of messages', async () => {
    const socket = await connected(one.url);
    const bad = [undefined, null, 5, 'x', [], {}, { stream: 5 }, { stream: '' }, { stream: 'x'.repeat(500) }];
    for (const body of [...bad, { stream: 'customers', after: -1 }, { stream: 'customers', x: 1 }]) {
      expect(await subscribe(socket, body)).toMatchObject({
        ok: false,
        problem: { type: 'malformed-request' },
      });
    }
    for (const body of bad) {
      socket.emit('subscribe', body);
      socket.emit('unsubscribe', body);
      socket.emit('presence', body);
    }
    socket.emit('subscribe');
    socket.emit('no-such-thing', {});
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => subscribe(socket, { stream: 'nonsense' })),
    );
    const types = new Set(answers.map((answer) => (answer.ok ? 'ok' : answer.problem.type)));
    expect(types).toContain('rate-limited');
    const fresh = await connected(one.url);
    expect(await subscribe(fresh, { stream: 'customers' })).toMatchObject({ ok: true });
  });

  it('limits the streams of one socket', async () => {
    const ids = await Promise.all(Array.from({ length: 51 }, () => world.customer(staff.userId)));
    const socket = await connected(one.url);
    const answers: SubscribeAnswer[] = [];
    for (const id of ids) answers.push(await subscribe(socket, { stream: `customer:${id}` }));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(50);
  });
});

describe('a right that is taken away', () => {
  const ways: [string, (person: { userId: string; idHash: string }) => Promise<unknown>][] = [
    ['a revoked session', (p) => world.sql`delete from sessions where id_hash = ${p.idHash}`],
    [
      'an expired session',
      (p) => world.sql`update sessions set expires_at = now() where id_hash = ${p.idHash}`,
    ],
    ['a deactivated user', (p) => world.sql`update users set active = false where id = ${p.userId}`],
  ];

  it.each(ways)(
    'ends at once with %s: nothing committed afterwards arrives, closed within 2 s, Redis down',
    async (_, take) => {
      const person = await world.person();
      const customer = `customer:${await world.customer(staff.userId)}`;
      const socket = await connected(one.url, person.cookie);
      const idle = await connected(one.url, person.cookie);
      const witness = follow(one.url, customer);
      const seen: number[] = [];
      const revoked: string[] = [];
      socket.on('event', (event) => seen.push(event.version));
      socket.on('revoked', (body) => revoked.push(body.stream));
      expect(await subscribe(socket, { stream: customer })).toMatchObject({ ok: true });
      await redis.stop();
      try {
        let n = 0;
        let going = true;
        const traffic = (async () => {
          while (going) {
            n += 1;
            await world.append(customer, n);
            one.live.flush();
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        })();
        await until(
          () => seen.length,
          (count) => count > 20,
        );
        await take(person);
        const committedBefore = n + 1;
        const taken = Date.now();
        await until(
          () => socket.connected || idle.connected,
          (open) => !open,
        );
        expect(Date.now() - taken).toBeLessThan(2_000);
        await new Promise((resolve) => setTimeout(resolve, 200));
        going = false;
        await traffic;
        expect(Math.max(...seen)).toBeLessThanOrEqual(committedBefore);
        expect(revoked).toEqual([customer]);
        await until(
          () => witness.position,
          (position) => position === n,
        );
        expect(n).toBeGreaterThan(committedBefore + 5);
      } finally {
        await redis.start();
      }
    },
  );
});

describe('readers that do not read', () => {
  it('cost the others nothing: they leave the broadcast, and what waits for them is bounded', async () => {
    const customer = `customer:${await world.customer(staff.userId)}`;
    const lazy = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = await connected(one.url);
        await subscribe(socket, { stream: customer });
        const tcp = (socket.io.engine.transport as unknown as { ws: { _socket: { pause(): void } } }).ws
          ._socket;
        tcp.pause();
        return socket;
      }),
    );
    const witness = follow(one.url, customer);
    await until(() => witness.epoch, Boolean);
    const before = one.live.stats();
    const note = 'x'.repeat(20_000);
    const total = 3_000;
    for (let n = 0; n < total; n += 500) {
      await world.sql`
        insert into outbox (stream, event_id, entity_type, entity_id, version, type, at, actor, data)
        select ${customer}, gen_random_uuid(), 'catalog', 'x', 1, 'catalog.changed', now(),
               '{"kind":"system","id":null,"name":""}'::jsonb, jsonb_build_object('recalculationId', ${note}::text)
        from generate_series(1, 500)`;
      one.live.flush();
      await until(
        () => witness.position,
        (position) => position === n + 500,
      );
    }
    expect(one.live.stats().demoted - before.demoted).toBeGreaterThanOrEqual(lazy.length);
    expect(one.live.stats().deliveries - before.deliveries).toBeLessThan(total * (lazy.length + 1) * 0.9);
    expect(witness.gaps + witness.doubled).toBe(0);
    const first = lazy[0] as Socket;
    const seen: number[] = [];
    first.on('event', (event) => seen.push(event.seq));
    (first.io.engine.transport as unknown as { ws: { _socket: { resume(): void } } }).ws._socket.resume();
    await until(
      () => seen.length,
      (count) => count === total,
    );
    expect(seen).toEqual(Array.from({ length: total }, (_, n) => n + 1));
  });
});

describe('who is here and what is being uploaded', () => {
  const step = (customerId: string, percent: number | null, uploadId = 'u1'): UploadProgress => ({
    customerId,
    uploadId,
    type: 'bank_statement',
    filename: '流水.pdf',
    actor: { kind: 'user', id: staff.userId, name: '王' },
    percent,
    size: 100,
  });

  it('shows one entry a person to everybody on the customer and on the list, on all servers', async () => {
    const customerId = await world.customer(staff.userId);
    const [a, b] = [await world.person(), await world.person('auditor')];
    const [atCustomer, atList] = [await connected(two.url, b.cookie), await connected(one.url)];
    let people: PresentPerson[] = [];
    const onList = new Map<string, PresentPerson[]>();
    atCustomer.on('presence', (body) => {
      people = body.people;
    });
    atList.on('presence', (body) => onList.set(body.customerId, body.people));
    await subscribe(atCustomer, { stream: `customer:${customerId}` });
    await subscribe(atList, { stream: 'customers' });
    const tabs = [await connected(one.url, a.cookie), await connected(two.url, a.cookie)];
    const editing = { kind: 'editing', target: 'phone' };
    expect(await tabs[0]?.emitWithAck('presence', { customerId, doing: 'viewing' })).toEqual({ ok: true });
    expect(await tabs[1]?.emitWithAck('presence', { customerId, doing: editing })).toEqual({ ok: true });
    await until(
      () => people,
      (list) => list.length === 1 && list[0]?.doing.kind === 'editing',
    );
    await until(
      () => onList.get(customerId),
      (list) => list?.[0]?.id === a.userId,
    );
    tabs[1]?.disconnect();
    await until(
      () => people,
      (list) => list[0]?.doing.kind === 'viewing',
    );
    const late = await connected(two.url);
    const seen: unknown[] = [];
    late.on('now', ({ presence }) => seen.push(...presence));
    await subscribe(late, { stream: 'customers' });
    await until(
      () => seen,
      (list) => list.some((entry) => (entry as { customerId: string }).customerId === customerId),
    );
    tabs[0]?.disconnect();
    await until(
      () => people,
      (list) => list.length === 0,
    );
  });

  it('tells a list page of 300 customers that are open somewhere in a few messages, and keeps it true', async () => {
    const ids = await Promise.all(Array.from({ length: 300 }, () => world.customer(staff.userId)));
    const early = await connected(one.url);
    const open = new Map<string, PresentPerson[]>();
    early.on('now', ({ presence }) => {
      open.clear();
      for (const { customerId, people } of presence) open.set(customerId, people);
    });
    early.on('presence', ({ customerId, people }) => open.set(customerId, people));
    await subscribe(early, { stream: 'customers' });
    const windows = await Promise.all(ids.slice(0, 60).map(() => connected(one.url)));
    await Promise.all(
      ids.map((customerId, n) =>
        windows[n % windows.length]?.emitWithAck('presence', { customerId, doing: 'viewing' }),
      ),
    );
    await until(
      () => ids.filter((id) => open.get(id)?.length === 1).length,
      (count) => count === ids.length,
    );

    const late = await connected(one.url);
    let messages = 0;
    let listed = 0;
    late.onAny(() => {
      messages += 1;
    });
    late.on('now', ({ presence }) => {
      listed = presence.length;
    });
    await subscribe(late, { stream: 'customers' });
    await until(
      () => listed,
      (count) => count >= ids.length,
    );
    // Whatever is sent without an end would fill the time of these round trips.
    for (let n = 0; n < 50; n += 1) await late.emitWithAck('latency');
    expect(messages).toBeLessThan(10);
  });

  it('refuses presence on customers that one could not open', async () => {
    const socket = await connected(one.url);
    const customerId = '01234567-89ab-7cde-8f01-23456789abcd';
    expect(await socket.emitWithAck('presence', { customerId, doing: 'viewing' })).toEqual({ ok: false });
  });

  it('forgets a server that has fallen silent', async () => {
    const customerId = await world.customer(staff.userId);
    const third = await openLive(database.url, redis.url);
    const there = await connected(third.url);
    await there.emitWithAck('presence', { customerId, doing: 'viewing' });
    const watcher = await connected(one.url);
    let people: PresentPerson[] = [];
    watcher.on('presence', (body) => {
      people = body.people;
    });
    await subscribe(watcher, { stream: `customer:${customerId}` });
    await until(
      () => people.length,
      (n) => n === 1,
    );
    await redis.stop();
    await third.close();
    await redis.start();
    await until(
      () => people.length,
      (n) => n === 0,
    );
  });

  it('shows uploads to everybody at most four times a second, and to those who come later', async () => {
    const customerId = await world.customer(staff.userId);
    const [near, far] = [await connected(one.url), await connected(two.url)];
    const seen: (number | null)[] = [];
    const seenFar: (number | null)[] = [];
    near.on('upload-progress', (body) => seen.push(body.percent));
    far.on('upload-progress', (body) => seenFar.push(body.percent));
    await subscribe(near, { stream: `customer:${customerId}` });
    await subscribe(far, { stream: 'customers' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const started = Date.now();
    for (let percent = 0; percent < 100; percent += 1) {
      one.live.progress(step(customerId, percent));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.length).toBeLessThan((4 * (Date.now() - started)) / 1_000 + 4);
    const late = await connected(two.url);
    const seenLate: (number | null)[] = [];
    late.on('upload-progress', (body) => seenLate.push(body.percent));
    await subscribe(late, { stream: `customer:${customerId}` });
    await until(
      () => seenLate.length,
      (n) => n > 0,
    );
    one.live.progress(step(customerId, 100));
    for (const list of [seen, seenFar, seenLate])
      await until(
        () => list.at(-1),
        (last) => last === 100,
      );
  });

  it('still shows uploads and presence on its own server with Redis down', async () => {
    const customerId = await world.customer(staff.userId);
    const socket = await connected(one.url);
    const seen: string[] = [];
    socket.on('upload-progress', () => seen.push('progress'));
    socket.on('presence', (body) => body.people.length > 0 && seen.push('presence'));
    await subscribe(socket, { stream: `customer:${customerId}` });
    await redis.stop();
    one.live.progress(step(customerId, 10));
    await socket.emitWithAck('presence', { customerId, doing: 'viewing' });
    await until(
      () => seen,
      (list) => list.includes('progress') && list.includes('presence'),
    );
    await redis.start();
  });
});
