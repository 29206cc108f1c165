import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedCustomers } from '../../fixtures/seed-customers.ts';
import type { Installation, Server } from '../../support/installation.ts';
import { residentMb, stop } from '../../support/processes.ts';
import { type Figure, percentile } from '../figures.ts';
import { photograph } from '../photographs.ts';
import { upload } from '../uploads.ts';
import { openViewers } from './live.ts';

/** `BENCH_MINUTES=60` for the hour. */
const MINUTES = Number(process.env.BENCH_MINUTES ?? 10);
const CUSTOMERS = 10_000;
/** People at work, each doing one thing after another with this between. */
const PEOPLE = 6;
const PAUSE_MS = 250;
const BOUND_MB = 250;
const NAMES = ['王', '思远', '李', '晓', '13', '浩然'];

/** Row 8: memory of the server through ten minutes of an office's mixed work, with 500 screens open on one customer. */
export async function measureMemory(installation: Installation): Promise<Figure[]> {
  const server = await installation.openServer();
  const worker = installation.openWorker();
  await seedCustomers(installation.databaseUrl, CUSTOMERS);
  const customers = await Promise.all(
    Array.from({ length: PEOPLE }, (_, n) => server.createCustomer('内存', `1380000030${n}`)),
  );
  const headers = { cookie: server.cookie };
  const watched = customers[0]?.id as string;
  const viewers = await openViewers({
    origin: server.origin,
    url: server.origin,
    headers,
    stream: `customer:${watched}`,
  });

  const memory: number[] = [];
  const timer = setInterval(() => memory.push(residentMb(server.pid)), 1_000);
  const until = performance.now() + MINUTES * 60_000;
  const done = await Promise.all(customers.map(({ id }, n) => workOn(server, id, n, until)));
  clearInterval(timer);

  await stop(viewers);
  await stop(worker);
  await server.close();
  const half = Math.floor(memory.length / 2);
  const [early, late] = [memory.slice(0, half), memory.slice(half)].map((part) => percentile(part, 50)) as [
    number,
    number,
  ];
  const things = done.reduce((sum, many) => sum + many, 0);
  return [
    {
      what: `peak memory of the server in ${MINUTES} minutes of mixed use`,
      unit: 'MB',
      product: Math.max(...memory),
      raw: BOUND_MB,
      bound: { kind: 'at most', ratio: 1 },
      note: `raw is the bound; ${things} things done; second half ÷ first half: ${(late / early).toFixed(2)}`,
    },
  ];
}

/** One person at work until `until`: mostly reading, some writing, now and then a large file; answers how much was done. */
async function workOn(server: Server, customerId: string, person: number, until: number): Promise<number> {
  const { origin, cookie } = server;
  const headers = { cookie };
  const documents = `${origin}/api/customers/${customerId}/documents`;
  const [small, large] = [await photograph(200), randomBytes(5 * 1024 * 1024)];
  const jpegStart = small.subarray(0, 20);
  const send = (content: Buffer, n: number) =>
    upload({ url: documents, headers, filename: `${person}-${n}.jpg`, content });
  const read = async (path: string, expected = [200]) => {
    const response = await fetch(`${origin}${path}`, { headers });
    await response.arrayBuffer();
    if (!expected.includes(response.status)) throw new Error(`${path}: ${response.status}`);
  };
  const newest = async () => {
    const { items } = await server.get(`/api/customers/${customerId}/documents`);
    return items as { id: string; state: string }[];
  };
  const steps: ((n: number) => Promise<unknown>)[] = [
    (n) =>
      read(`/api/customers?search=${encodeURIComponent(NAMES[n % NAMES.length] as string)}&status=pending`),
    () => read(`/api/customers/${customerId}/workspace`),
    (n) => send(Buffer.concat([small, Buffer.from(`${n}-${Math.random()}`)]), n),
    () => read('/api/customers/facets'),
    async () => {
      const ready = (await newest()).find(({ state }) => state === 'ready');
      if (!ready) return;
      await read(`/api/documents/${ready.id}/preview`);
      await read(`/api/documents/${ready.id}/file`);
    },
    () => read(`/api/customers/${customerId}/events?limit=50`),
    () => read('/api/review-queue'),
    async (n) => {
      if (n % 5 === 0) await send(Buffer.concat([jpegStart, large, Buffer.from(`${n}-${Math.random()}`)]), n);
    },
    // A file never grows without end.
    async () => {
      const all = await newest();
      for (const { id } of all.slice(20)) {
        await fetch(`${origin}/api/documents/${id}`, { method: 'DELETE', headers });
      }
    },
  ];
  let n = 0;
  for (; performance.now() < until; n += 1) {
    await steps[n % steps.length]?.(n);
    await sleep(PAUSE_MS);
  }
  return n;
}
