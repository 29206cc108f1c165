import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { forkProgram } from '@qijian/e2e/fixtures/own-process.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import { freePort } from '@qijian/ops/start/embedded/processes.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asLogged, openWorld, until } from './testing/live-world.ts';
import { startLossyRedis } from './testing/lossy-redis.ts';
import { SequencingClient } from './testing/sequencing-client.ts';

const FOR_MS = 60_000;
const CLIENTS = 8;
const CUSTOMERS = 3;
const SERVER = new URL('../main.ts', import.meta.url);
const WORKER = new URL('../../../workers/src/main.ts', import.meta.url);

let database: TestDatabase;
let redis: TestRedis;
let lossy: Awaited<ReturnType<typeof startLossyRedis>>;
let world: ReturnType<typeof openWorld>;
const servers: { port: number; url: string; child: ChildProcess }[] = [];
/** All that were ever started: a server that is not up in time is not among `servers`. */
const children = new Set<ChildProcess>();
const workers: ChildProcess[] = [];
let dataDir: string;

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  lossy = await startLossyRedis(redis.url, () => Math.random() < 0.5);
  world = openWorld(database.url);
  dataDir = await mkdtemp(join(tmpdir(), 'qijian-storm-'));
  for (let n = 0; n < 2; n += 1) {
    const port = await freePort(0);
    servers.push({ port, url: `http://127.0.0.1:${port}`, child: await startServer(port) });
    workers.push(start(WORKER, {}));
  }
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world?.close();
  await lossy?.close();
  await Promise.all([database?.drop(), redis?.drop()]);
  await rm(dataDir, { recursive: true, force: true });
});

function start(program: URL, more: Record<string, string>): ChildProcess {
  const env = { DATABASE_URL: database.url, REDIS_URL: lossy.url, DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  const child = forkProgram(program, { ...env, ...more }, { execArgv: [], stdio: 'ignore' });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function startServer(port: number): Promise<ChildProcess> {
  const child = start(SERVER, { PORT: String(port) });
  const healthy = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
  await until(healthy, Boolean, 20_000);
  return child;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

async function send(method: string, url: string, body: unknown, cookie: string): Promise<unknown> {
  const headers = { cookie, ...(body ? { 'content-type': 'application/json' } : {}) };
  const options = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return fetch(url, options).then(
    (answer) => (answer.ok ? answer.json() : null),
    () => null,
  );
}

it(
  'loses, doubles and reorders nothing for 8 clients while connections, wakes and servers are lost',
  async () => {
    const { cookie } = await world.person();
    const customers: Customer[] = [];
    for (let n = 0; n < CUSTOMERS; n += 1) {
      const body = { name: `客户${n}`, phone: `1380013800${n}` };
      customers.push((await send('POST', `${servers[0]?.url}/api/customers`, body, cookie)) as Customer);
    }
    const streams = ['customers', ...customers.map((customer) => `customer:${customer.id}`)];
    const clients = Array.from(
      { length: CLIENTS },
      (_, n) =>
        new SequencingClient(servers[n % 2]?.url as string, streams[n % streams.length] as string, {
          cookie,
        }),
    );
    let going = true;
    let committed = 0;
    let cuts = 0;
    let kills = 0;

    const write = async (index: number) => {
      let n = 0;
      while (going) {
        n += 1;
        const known = customers[index] as Customer;
        const url = `${pick(servers).url}/api/customers/${known.id}`;
        const changed = await send('PATCH', url, { version: known.version, note: `${n}` }, cookie);
        if (changed) committed += 1;
        // Not answered, or refused because an answer before was lost: look where it stands.
        customers[index] =
          ((changed ?? (await send('GET', url, undefined, cookie))) as Customer | null) ?? known;
        await pause(Math.random() * 25);
      }
    };
    const disturb = async (mine: SequencingClient[]) => {
      while (going) {
        await pause(Math.random() * 300);
        const client = pick(mine);
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
        server.child = await startServer(server.port);
      }
    };
    const all = [
      write(0),
      write(1),
      write(2),
      disturb(clients.slice(0, 4)),
      disturb(clients.slice(4)),
      kill(),
    ];
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
    expect(committed).toBeGreaterThan(FOR_MS / 100);
    expect(cuts).toBeGreaterThan(FOR_MS / 1_000);
    expect(kills).toBeGreaterThan(FOR_MS / 30_000);
    const { lost, passed } = lossy.counts();
    expect(lost).toBeGreaterThan(100);
    expect(lost / (lost + passed)).toBeGreaterThan(0.3);
    for (const client of clients) client.close();
  },
  FOR_MS + 60_000,
);
