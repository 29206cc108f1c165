import { appendEvents } from '@qijian/db/queries/events.ts';
import { uploadLinks } from '@qijian/db/schema/links.ts';
import type { PortalEvent, PresentPerson, SubscribeAnswer } from '@qijian/domain/contract/live-events.ts';
import { customerStream, portalStream, userStream } from '@qijian/domain/contract/live-events.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq } from 'drizzle-orm';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../live/testing/live-world.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { addCustomer, openPhone, type Phone, tryCode } from './testing/phones.ts';

let world: TestApp;
let origin: string;
let staff: Person;
let customerId: string;
let phone: Phone;
const opened: Socket[] = [];
beforeAll(async () => {
  world = await createTestApp({ LINK_MAX_REQUESTS_PER_MINUTE: '10000' });
  origin = await world.app.listen({ port: 0, host: '127.0.0.1' });
  staff = await world.loginAs('staff', '林晓-卡纳里');
  customerId = (await addCustomer(staff)).id;
  phone = await openPhone(world, staff, customerId);
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.disconnect();
});
afterAll(() => world.close());

/** A socket, and everything it was ever sent. */
async function connect(cookie: string, as?: 'portal', headers: Record<string, string> = {}) {
  const socket = io(origin, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie, ...headers },
    ...(as ? { query: { as } } : {}),
  });
  opened.push(socket);
  const heard: { name: string; body: unknown }[] = [];
  socket.onAny((name, body) => heard.push({ name, body }));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return { socket, heard };
}
const subscribe = (socket: Socket, stream: string): Promise<SubscribeAnswer> =>
  socket.timeout(5_000).emitWithAck('subscribe', { stream });
const present = (socket: Socket, customer: string, doing: unknown): Promise<{ ok: boolean }> =>
  socket.timeout(5_000).emitWithAck('presence', { customerId: customer, doing });
const newPhone = async (label?: string) => {
  const { id } = await addCustomer(staff);
  return { id, phone: await openPhone(world, staff, id, label ? { label } : {}) };
};

describe('who may read what', () => {
  test('a phone reads the stream of its own customer and nothing else', async () => {
    const { id: other } = await newPhone();
    const { socket } = await connect(phone.cookie, 'portal');
    expect(await subscribe(socket, portalStream(customerId))).toMatchObject({ ok: true });
    for (const stream of [
      'customers',
      'users',
      customerStream(customerId),
      customerStream(other),
      portalStream(other),
      userStream(staff.id),
      userStream(phone.link.id),
    ]) {
      expect(await subscribe(socket, stream), stream).toMatchObject({
        ok: false,
        problem: { type: 'not-found' },
      });
    }
  });

  test.each(['admin', 'staff', 'auditor'] as const)('%s reads no customer’s page', async (role) => {
    const person = await world.loginAs(role);
    const { socket } = await connect(person.cookie);
    expect(await subscribe(socket, portalStream(customerId))).toMatchObject({ ok: false });
    const answer = await person.inject({ url: `/api/streams/${portalStream(customerId)}/events` });
    expect(answer.statusCode).toBe(404);
  });

  test('a page says whom it is for: neither cookie opens the other’s connection', async () => {
    await expect(connect(phone.cookie)).rejects.toThrow();
    await expect(connect(staff.cookie, 'portal')).rejects.toThrow();
    const both = `${staff.cookie}; ${phone.cookie}`;
    const portal = await connect(both, 'portal');
    expect(await subscribe(portal.socket, customerStream(customerId))).toMatchObject({ ok: false });
    const desk = await connect(both);
    expect(await subscribe(desk.socket, customerStream(customerId))).toMatchObject({ ok: true });
  });

  test('a page of another site gets no connection', async () => {
    await expect(connect(phone.cookie, 'portal', { origin: 'https://elsewhere.example' })).rejects.toThrow();
  });

  test('links that open nothing get no connection', async () => {
    const { phone: revoked } = await newPhone();
    await staff.inject({ method: 'DELETE', url: `/api/links/${revoked.link.id}` });
    await expect(connect(revoked.cookie, 'portal')).rejects.toThrow();
  });

  test('a phone that had given the right digits stays connected when others lock the link', async () => {
    const { id, phone: inside } = await newPhone();
    const { socket } = await connect(inside.cookie, 'portal');
    for (const code of ['1111', '2222', '3333', '4444', '5555']) await tryCode(world, inside.token, code);
    expect(await subscribe(socket, portalStream(id))).toMatchObject({ ok: true });
  });
});

describe('an open page', () => {
  test('hears of what staff add, at once, and of nobody’s name, presence or file', async () => {
    const { socket, heard } = await connect(phone.cookie, 'portal');
    await subscribe(socket, portalStream(customerId));
    const desk = await connect(staff.cookie);
    await subscribe(desk.socket, customerStream(customerId));
    await present(desk.socket, customerId, { kind: 'editing', target: 'name' });
    world.app.live.progress({
      customerId,
      uploadId: 'u',
      type: 'bank_statement',
      filename: '卡纳里.pdf',
      actor: { kind: 'user', id: staff.id, name: staff.name },
      percent: 45,
      size: 100,
    });
    const version = (await staff.inject({ url: `/api/customers/${customerId}` })).json().version;
    await staff.inject({
      method: 'POST',
      url: `/api/customers/${customerId}/waive`,
      payload: { version, type: 'other', waived: true },
    });
    await until(
      () => heard.map(({ name }) => name),
      (names) => names.includes('event') && names.includes('portal-upload-progress'),
    );
    // A second person comes and goes: everybody at a desk is told who is there.
    const colleague = await connect((await world.loginAs('staff', '何予安-卡纳里')).cookie);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(desk.heard.map(({ name }) => name)).toContain('online');
    colleague.socket.disconnect();
    expect(new Set(heard.map(({ name }) => name))).toEqual(new Set(['event', 'portal-upload-progress']));
    const progress = heard.find(({ name }) => name === 'portal-upload-progress');
    expect(progress?.body).toEqual({ uploadId: 'u', type: 'bank_statement', by: 'staff', percent: 45 });
    const event = heard.find(({ name }) => name === 'event')?.body as PortalEvent;
    expect(event).toMatchObject({ type: 'portal.changed', actor: { kind: 'system', id: null, name: '' } });
    expect(event.data.items.map((item) => [item.type, item.state])).toEqual([['other', 'waived']]);
    const said = JSON.stringify(heard);
    for (const canary of ['卡纳里', staff.id, staff.username]) expect(said).not.toContain(canary);
  });

  test('gets events without a gap after its snapshot', async () => {
    const { id, phone } = await newPhone();
    const { head } = await phone.checklist();
    await phone.send('other', { 'a.jpg': sampleJpeg({ comment: 'gap' }) });
    const { socket, heard } = await connect(phone.cookie, 'portal');
    await socket
      .timeout(5_000)
      .emitWithAck('subscribe', { stream: portalStream(id), after: head.seq, epoch: head.epoch });
    await until(
      () => heard.filter(({ name }) => name === 'event').map(({ body }) => (body as PortalEvent).seq),
      (seqs) => seqs[0] === head.seq + 1,
    );
  });
});

describe('a right that is taken away', () => {
  const ways: [string, (link: Phone) => Promise<unknown>][] = [
    ['withdrawn', (link) => staff.inject({ method: 'DELETE', url: `/api/links/${link.link.id}` })],
    [
      'reissued',
      (link) => staff.inject({ method: 'POST', url: `/api/links/${link.link.id}/reissue`, payload: {} }),
    ],
    [
      'expired',
      (link) =>
        world.app.db
          .update(uploadLinks)
          .set({ expiresAt: new Date() })
          .where(eq(uploadLinks.id, link.link.id)),
    ],
    ['left', (link) => link.inject({ method: 'DELETE', url: '/api/portal/session' })],
  ];
  test.each(ways)(
    'ends at once with a link that is %s: nothing committed afterwards arrives',
    async (_, take) => {
      const { id, phone: link } = await newPhone();
      const { socket, heard } = await connect(link.cookie, 'portal');
      await subscribe(socket, portalStream(id));
      let n = 0;
      const append = async () => {
        n += 1;
        await world.app.db.transaction((tx) =>
          appendEvents(tx, [
            {
              streams: [portalStream(id)],
              entity: { type: 'customer', id },
              version: n,
              type: 'portal.changed',
              actor: { kind: 'system', id: null, name: '' },
              data: {
                items: [],
                removed: [],
                progress: { total: 0, accepted: 0, pending: 0, missing: 0 },
                state: 'collecting',
                next: 'add-documents',
              },
            },
          ]),
        );
        world.app.live.flush();
      };
      const seen = () => heard.filter(({ name }) => name === 'event').length;
      while (seen() < 5) {
        await append();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await take(link);
      const taken = Date.now();
      const committedBefore = n;
      while (socket.connected && Date.now() - taken < 3_000) {
        await append();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(socket.connected).toBe(false);
      expect(Date.now() - taken).toBeLessThan(2_000);
      expect(n).toBeGreaterThan(committedBefore);
      const versions = heard
        .filter(({ name }) => name === 'event')
        .map(({ body }) => (body as PortalEvent).version);
      expect(Math.max(...versions)).toBeLessThanOrEqual(committedBefore);
    },
  );
});

describe('a phone on the page', () => {
  const peopleOf = (heard: { name: string; body: unknown }[], customer: string): PresentPerson[] => {
    const last = heard.findLast(
      ({ name, body }) => name === 'presence' && (body as { customerId: string }).customerId === customer,
    );
    return (last?.body as { people: PresentPerson[] } | undefined)?.people ?? [];
  };

  test('is seen at the desk with what it does, and gone at once when it leaves', async () => {
    const { id, phone } = await newPhone('借款人');
    const desk = await connect(staff.cookie);
    await subscribe(desk.socket, customerStream(id));
    const { socket } = await connect(phone.cookie, 'portal');
    expect(await present(socket, id, { kind: 'shooting', target: 'id_card_back' })).toEqual({ ok: true });
    const people = await until(
      () => peopleOf(desk.heard, id),
      (list) => list.length === 1,
    );
    expect(people).toMatchObject([
      {
        id: phone.link.id,
        name: '借款人',
        kind: 'phone',
        doing: { kind: 'shooting', target: 'id_card_back' },
      },
    ]);
    socket.disconnect();
    await until(
      () => peopleOf(desk.heard, id),
      (list) => list.length === 0,
    );
  });

  test('is nowhere but with its own customer, and does nothing but what phones do', async () => {
    const { id: other } = await newPhone();
    const { socket } = await connect(phone.cookie, 'portal');
    expect(await present(socket, other, { kind: 'viewing', target: null })).toEqual({ ok: false });
    expect(await present(socket, customerId, { kind: 'reviewing', target: null })).toEqual({ ok: false });
    expect(await present(socket, customerId, 'viewing')).toEqual({ ok: true });
  });

  test('that falls silent is gone within ten seconds, and one that repeats itself stays', async () => {
    const { id, phone } = await newPhone();
    const desk = await connect(staff.cookie);
    await subscribe(desk.socket, customerStream(id));
    const { socket } = await connect(phone.cookie, 'portal');
    await present(socket, id, 'viewing');
    await until(
      () => peopleOf(desk.heard, id),
      (list) => list.length === 1,
    );
    expect(peopleOf(desk.heard, id)[0]?.name).toBe('客户手机');
    const until9 = Date.now() + 9_000;
    while (Date.now() < until9) {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await present(socket, id, 'viewing');
      expect(peopleOf(desk.heard, id)).toHaveLength(1);
    }
    const silent = Date.now();
    await until(
      () => peopleOf(desk.heard, id),
      (list) => list.length === 0,
      12_000,
    );
    expect(Date.now() - silent).toBeLessThan(10_000);
  });
});
