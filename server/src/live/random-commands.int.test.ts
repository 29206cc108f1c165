import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@qijian/db/embedded/processes.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/db/testing/test-database.ts';
import { createTestRedis, type TestRedis } from '@qijian/db/testing/test-redis.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asLogged, openWorld, until } from './testing/live-world.ts';
import { startLossyRedis } from './testing/lossy-redis.ts';
import { SequencingClient } from './testing/sequencing-client.ts';

const FOR_MS = 60_000;
const CLIENTS = 8;
const STREAMS = 4;
const PROCESS = fileURLToPath(new URL('./testing/live-process.ts', import.meta.url));

let database: TestDatabase;
let redis: TestRedis;
let lossy: Awaited<ReturnType<typeof startLossyRedis>>;
let world: ReturnType<typeof openWorld>;
const servers: { port: number; url: string; child: ChildProcess }[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  lossy = await startLossyRedis(redis.url, () => Math.random() < 0.5);
  world = openWorld(database.url);
  for (let n = 0; n < 2; n += 1) {
    const port = await freePort(0);
    servers.push({ port, url: `http://127.0.0.1:${port}`, child: await start(port) });
  }
});
afterAll(async () => {
  for (const server of servers) server.child.kill('SIGKILL');
  await world?.close();
  await lossy?.close();
  await Promise.all([database?.drop(), redis?.drop()]);
});

async function start(port: number): Promise<ChildProcess> {
  const child = fork(PROCESS, [String(port), database.url, lossy.url], { execArgv: [] });
  await once(child, 'message');
  return child;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

it(
  'loses, doubles and reorders nothing for 8 clients while connections, wakes and servers are lost',
  async () => {
    const { userId, cookie } = await world.person();
    const streams = ['customers'];
    while (streams.length < STREAMS) streams.push(`customer:${await world.customer(userId)}`);
    const clients = Array.from(
      { length: CLIENTS },
      (_, n) =>
        new SequencingClient(servers[n % 2]?.url as string, streams[n % STREAMS] as string, { cookie }),
    );
    let going = true;
    let committed = 0;
    let cuts = 0;
    let kills = 0;

    const write = async () => {
      while (going) {
        const { url } = pick(servers);
        const answer = await fetch(`${url}/${pick(streams)}`, { method: 'POST' }).catch(() => null);
        if (answer?.status === 204) committed += 1;
        await pause(Math.random() * 40);
      }
    };
    const disturb = async () => {
      while (going) {
        await pause(Math.random() * 300);
        const client = pick(clients);
        const { socket } = client;
        cuts += 1;
        // The next connection goes to any of the servers.
        (socket.io as unknown as { uri: string }).uri = pick(servers).url;
        if (Math.random() < 0.5) socket.io.engine?.close();
        else {
          socket.disconnect();
          await pause(Math.random() * 500);
          socket.connect();
        }
        if (Math.random() < 0.02) lossy.cut();
      }
    };
    const kill = async () => {
      while (going) {
        await pause(4_000 + Math.random() * 4_000);
        if (!going) return;
        const server = pick(servers);
        kills += 1;
        const gone = once(server.child, 'exit');
        server.child.kill('SIGKILL');
        await gone;
        await pause(Math.random() * 1_500);
        server.child = await start(server.port);
      }
    };
    const all = [write(), write(), write(), write(), disturb(), disturb(), kill()];
    await pause(FOR_MS);
    going = false;
    await Promise.all(all);

    const logs = new Map<string, { seq: number; id: string }[]>();
    await until(
      async () => (await world.sql`select count(*)::int as left from outbox`)[0]?.left,
      (left) => left === 0,
    );
    for (const stream of streams) logs.set(stream, await world.log(stream));
    await until(
      () => clients.map((client) => (logs.get(client.stream)?.length ?? 0) - client.position),
      (behind) => behind.every((n) => n === 0),
      20_000,
    );
    for (const client of clients) {
      expect(asLogged(client.applied)).toEqual(logs.get(client.stream));
      expect({ doubled: client.doubled, gaps: client.gaps, faults: client.faults }).toEqual({
        doubled: 0,
        gaps: 0,
        faults: [],
      });
    }
    const numbered = [...logs.values()].reduce((sum, log) => sum + log.length, 0);
    expect(numbered).toBeGreaterThanOrEqual(committed);
    for (const log of logs.values()) expect(log.map((event) => event.seq)).toEqual(log.map((_, n) => n + 1));
    // The storm was one: without these figures the test would prove nothing.
    expect(committed).toBeGreaterThan(FOR_MS / 40);
    expect(cuts).toBeGreaterThan(FOR_MS / 1_000);
    expect(kills).toBeGreaterThan(FOR_MS / 15_000);
    const { lost, passed } = lossy.counts();
    expect(lost).toBeGreaterThan(100);
    expect(lost / (lost + passed)).toBeGreaterThan(0.3);
    for (const client of clients) client.close();
  },
  FOR_MS + 60_000,
);
