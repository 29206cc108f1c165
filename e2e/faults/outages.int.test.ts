import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePdf } from '../fixtures/sample-files.ts';
import { type Installation, openInstallation } from '../support/installation.ts';

/** Services of their own, because these tests stop and start them. */
describe('when a part of the installation fails', () => {
  let product: Installation;
  let worker: ChildProcess;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    product = await openInstallation();
    worker = product.openWorker();
  }, 120_000);

  afterAll(async () => {
    for (const socket of sockets) socket.disconnect();
    await product?.close();
  }, 60_000);

  /** Events of a customer as one viewer receives them from now on. */
  async function watch(origin: string, cookie: string, stream: string): Promise<LiveEvent[]> {
    const socket = io(origin, {
      transports: ['websocket'],
      extraHeaders: { cookie },
      reconnectionDelayMax: 1_000,
    });
    sockets.push(socket);
    const events: LiveEvent[] = [];
    let applied = 0;
    socket.on('event', (event: LiveEvent) => {
      if (event.stream !== stream || event.seq !== applied + 1) return;
      applied = event.seq;
      events.push(event);
    });
    socket.on('connect', () => void socket.emitWithAck('subscribe', { stream, after: applied }));
    await expect.poll(() => socket.connected).toBe(true);
    return events;
  }

  it('uploads succeed while Redis is down for 20 seconds, with their completeness; live events and previews follow', async () => {
    const server = await product.openServer();
    const customer = await server.createCustomer('断流测试', '13900000001');
    const events = await watch(server.origin, server.cookie, `customer:${customer.id}`);
    await product.stopRedis();
    const stoppedAt = Date.now();

    for (const type of ['id_card_front', 'id_card_back', 'bank_statement']) {
      const answer = await server.upload(
        customer.id,
        type,
        `${type}.pdf`,
        samplePdf({ pages: 1, text: type }),
      );
      expect(answer.status).toBe(201);
    }
    await expect.poll(() => events.filter((event) => event.type === 'document.added').length).toBe(3);
    // Completeness is a part of what was committed.
    expect((await server.get(`/api/customers/${customer.id}`)).completeness.satisfied).toBe(3);

    await sleep(Math.max(0, 20_000 - (Date.now() - stoppedAt)));
    await product.startRedis();
    await expect
      .poll(() => events.filter((event) => event.type === 'document.ready').length, {
        timeout: 40_000,
        interval: 250,
      })
      .toBe(3);
    expect(worker.exitCode).toBeNull();
    await server.close();
  }, 120_000);

  it('a restarted Postgres is found again by server, worker and open pages', async () => {
    const server = await product.openServer();
    const customer = await server.createCustomer('重启测试', '13900000002');
    const events = await watch(server.origin, server.cookie, `customer:${customer.id}`);
    await product.stopPostgres();
    const during = await fetch(`${server.origin}/api/customers/${customer.id}`, {
      headers: { cookie: server.cookie },
    });
    expect(during.status).toBe(503);
    const ready = await fetch(`${server.origin}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('postgres');

    await product.startPostgres();
    await expect
      .poll(async () => (await fetch(`${server.origin}/readyz`)).status, { timeout: 30_000, interval: 250 })
      .toBe(200);
    const answer = await server.upload(
      customer.id,
      'other',
      'after.pdf',
      samplePdf({ pages: 2, text: 'after' }),
    );
    expect(answer.status).toBe(201);
    await expect
      .poll(() => events.map((event) => event.type), { timeout: 30_000 })
      .toContain('document.ready');
    await server.close();
  }, 120_000);

  it('two servers and two workers share one database: a change through one is on the screens of the other', async () => {
    const [a, b] = [await product.openServer(), await product.openServer()];
    const secondWorker = product.openWorker();
    const customer = await a.createCustomer('双机测试', '13900000003');
    const seenAtB = await watch(b.origin, b.cookie, `customer:${customer.id}`);
    const seenAtA = await watch(a.origin, a.cookie, `customer:${customer.id}`);
    const uploads = Array.from({ length: 12 }, (_, n) =>
      (n % 2 ? a : b).upload(
        customer.id,
        'other',
        `page-${n}.pdf`,
        samplePdf({ pages: 1, text: `page ${n}` }),
      ),
    );
    for (const answer of await Promise.all(uploads)) expect(answer.status).toBe(201);

    const ready = (events: LiveEvent[]) => events.filter((event) => event.type === 'document.ready').length;
    await expect.poll(() => [ready(seenAtA), ready(seenAtB)], { timeout: 60_000 }).toEqual([12, 12]);
    const log = await a.get(`/api/streams/customer:${customer.id}/events?limit=500`);
    const ids = (events: { id: string }[]) => events.map((event) => event.id);
    await expect.poll(() => ids(seenAtA).length).toBe(log.events.length);
    await expect.poll(() => ids(seenAtB).length).toBe(log.events.length);
    expect(ids(seenAtA)).toEqual(ids(log.events));
    expect(ids(seenAtB)).toEqual(ids(log.events));
    secondWorker.kill();
    await Promise.all([a.close(), b.close()]);
  }, 150_000);
});
