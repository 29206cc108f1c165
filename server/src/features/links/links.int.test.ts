import { purgeCustomer } from '@qijian/db/queries/customers.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { auditLog } from '@qijian/db/schema/events.ts';
import { portalSessions, uploadLinks } from '@qijian/db/schema/links.ts';
import { idempotencyKeys } from '@qijian/db/schema/users.ts';
import type { UploadLink } from '@qijian/domain/contract/api/links.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { addCustomer, makeLink, openPhone, tokenOf, tryCode } from '../portal/testing/phones.ts';

let world: TestApp;
let staff: Person;
let auditor: Person;
beforeAll(async () => {
  world = await createTestApp({ PUBLIC_URL: 'http://qijian.example' });
  staff = await world.loginAs('staff', '林晓');
  auditor = await world.loginAs('auditor');
});
afterAll(() => world.close());

const linksOf = async (customerId: string): Promise<UploadLink[]> =>
  (await staff.inject({ url: `/api/customers/${customerId}/links` })).json().items;
const eventsOf = async (
  customerId: string,
): Promise<{ type: string; actor: { name: string }; data: unknown }[]> => {
  world.app.live.flush();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return (await staff.inject({ url: `/api/customers/${customerId}/events?limit=50` })).json().events;
};

describe('inviting', () => {
  test('a link is made with its address, which carries nothing but the secret in its fragment', async () => {
    const { id } = await addCustomer(staff);
    const before = Date.now();
    const link = await makeLink(staff, id, { label: '借款人' });
    expect(link).toMatchObject({
      customerId: id,
      label: '借款人',
      state: 'active',
      createdBy: '林晓',
      openedCount: 0,
    });
    expect(link).toMatchObject({ lastOpenedAt: null, triesLeft: 5, replacedBy: null });
    expect(link.url).toMatch(/^http:\/\/qijian\.example\/p#[\w-]{32}$/);
    const hours = (Date.parse(link.expiresAt) - before) / 3_600_000;
    expect(hours).toBeGreaterThan(71.9);
    expect(hours).toBeLessThan(72.1);
    const [listed] = await linksOf(id);
    const { url, ...rest } = link;
    expect(listed).toEqual(rest);
    expect((await eventsOf(id)).map(({ type }) => type)).toContain('link.created');
  });

  test('the secret is nowhere in the database', async () => {
    const { id } = await addCustomer(staff);
    const key = { 'idempotency-key': 'make-a-link-once' };
    const made = await staff.inject({
      method: 'POST',
      url: `/api/customers/${id}/links`,
      headers: key,
      payload: {},
    });
    const token = tokenOf(made.json());
    const [row] = await world.app.db.select().from(uploadLinks).where(eq(uploadLinks.id, made.json().id));
    expect(row?.tokenHash).toMatch(/^[0-9a-f]{64}$/);
    for (const table of ['upload_links', 'idempotency_keys', 'audit_log', 'outbox', 'stream_event']) {
      const found = await world.app.db.execute(
        sql`select 1 from ${sql.raw(table)} as t where t::text like ${`%${token}%`}`,
      );
      expect(found.length, table).toBe(0);
    }
  });

  test('a repeated request makes no second link, and has no address to give', async () => {
    const { id } = await addCustomer(staff);
    const request = () =>
      staff.inject({
        method: 'POST',
        url: `/api/customers/${id}/links`,
        headers: { 'idempotency-key': 'the-same-link-again' },
        payload: { label: '配偶' },
      });
    const answers = await Promise.all(Array.from({ length: 8 }, request));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
    expect(answers.filter((answer) => answer.json().url !== null)).toHaveLength(1);
    expect(await linksOf(id)).toHaveLength(1);
    expect(await world.app.db.$count(idempotencyKeys, eq(idempotencyKeys.key, 'the-same-link-again'))).toBe(
      1,
    );
  });

  test('it lives at most thirty days', async () => {
    const { id } = await addCustomer(staff);
    const long = await staff.inject({
      method: 'POST',
      url: `/api/customers/${id}/links`,
      payload: { expiresInHours: 721 },
    });
    expect(long.statusCode).toBe(422);
    expect((await makeLink(staff, id, { expiresInHours: 720 })).state).toBe('active');
  });

  test('auditors neither make nor see links', async () => {
    const { id } = await addCustomer(staff);
    const { id: link } = await makeLink(staff, id);
    for (const [method, url] of [
      ['GET', `/api/customers/${id}/links`],
      ['POST', `/api/customers/${id}/links`],
      ['POST', `/api/links/${link}/reissue`],
      ['DELETE', `/api/links/${link}`],
    ] as const) {
      expect((await auditor.inject({ method, url })).statusCode, `${method} ${url}`).toBe(403);
    }
  });
});

describe('withdrawing', () => {
  test('a withdrawn link opens nothing, and ends what it had opened', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const revoked = await staff.inject({ method: 'DELETE', url: `/api/links/${phone.link.id}` });
    expect(revoked.statusCode).toBe(204);
    const answer = await phone.inject({ url: '/api/portal/checklist' });
    expect([answer.statusCode, answer.json().type]).toEqual([410, 'link-revoked']);
    expect((await tryCode(world, phone.token, '0021')).json().type).toBe('link-revoked');
    expect((await phone.inject({ url: '/api/portal/session' })).json()).toMatchObject({
      session: null,
      ended: 'link-revoked',
    });
    expect((await linksOf(id))[0]?.state).toBe('revoked');
    expect(
      (await eventsOf(id)).map(({ type }) => type).filter((type) => type === 'link.revoked'),
    ).toHaveLength(1);
    expect((await staff.inject({ method: 'DELETE', url: `/api/links/${phone.link.id}` })).statusCode).toBe(
      204,
    );
  });

  test('a reissued link replaces the old one in one step', async () => {
    const { id } = await addCustomer(staff);
    const old = await makeLink(staff, id, { label: '借款人' });
    const reissue = () => staff.inject({ method: 'POST', url: `/api/links/${old.id}/reissue`, payload: {} });
    const answers = await Promise.all([reissue(), reissue(), reissue()]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409]);
    const made = answers.find(({ statusCode }) => statusCode === 201)?.json();
    expect(made).toMatchObject({ label: '借款人', state: 'active' });
    const links = await linksOf(id);
    expect(links.map(({ id, state, replacedBy }) => [id, state, replacedBy])).toEqual([
      [made.id, 'active', null],
      [old.id, 'revoked', made.id],
    ]);
    expect((await tryCode(world, tokenOf(made), '0021')).statusCode).toBe(200);
    expect((await eventsOf(id)).find(({ type }) => type === 'link.reissued')?.data).toMatchObject({
      replaced: old.id,
    });
  });

  test('whoever has only the old link hears that there is a newer one, opened before or not', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    await staff.inject({ method: 'POST', url: `/api/links/${phone.link.id}/reissue`, payload: {} });
    const answers = await Promise.all([
      world.app.inject({ method: 'POST', url: '/api/portal/link', payload: { token: phone.token } }),
      tryCode(world, phone.token, '0021'),
      tryCode(world, phone.token, '9999'),
      phone.inject({ url: '/api/portal/checklist' }),
    ]);
    expect(answers.map((answer) => [answer.statusCode, answer.json().type])).toEqual(
      answers.map(() => [410, 'link-replaced']),
    );
  });

  test('links of a deleted customer open nothing', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const { version } = (await staff.inject({ url: `/api/customers/${id}` })).json();
    const gone = await staff.inject({
      method: 'DELETE',
      url: `/api/customers/${id}`,
      payload: { version, confirmName: '王小明' },
    });
    expect(gone.statusCode).toBe(204);
    expect((await phone.inject({ url: '/api/portal/checklist' })).statusCode).toBe(401);
    expect((await tryCode(world, phone.token, '0021')).json().type).toBe('link-not-found');
  });
});

test('a purged customer leaves nothing of links, phones and codes behind', async () => {
  const { id } = await addCustomer(staff);
  const phone = await openPhone(world, staff, id);
  const sent = await phone.send('other', { 'a.jpg': sampleJpeg({ comment: 'purged' }) });
  expect(sent.statusCode).toBe(201);
  await staff.inject({ method: 'POST', url: `/api/links/${phone.link.id}/reissue`, payload: {} });
  await staff.inject({ method: 'POST', url: `/api/customers/${id}/handoff` });
  const { db } = world.app;
  await db
    .update(customers)
    .set({ deletedAt: new Date(0) })
    .where(eq(customers.id, id));
  await db.transaction((tx) => purgeCustomer(tx, id));
  for (const table of ['upload_links', 'portal_sessions', 'portal_views', 'handoffs', 'documents']) {
    const found = await db.execute(
      sql`select 1 from ${sql.raw(table)} as t where t::text like ${`%${id}%`} or t::text like ${`%${phone.link.id}%`}`,
    );
    expect(found.length, table).toBe(0);
  }
});

describe('guessing the code', () => {
  test('five hundred at once are five guesses, and the link is locked for good', async () => {
    const { id } = await addCustomer(staff);
    const link = await makeLink(staff, id);
    const token = tokenOf(link);
    const codes = Array.from({ length: 500 }, (_, n) => String(1000 + n));
    const answers = await Promise.all(codes.map((code) => tryCode(world, token, code)));
    const types = answers.map((answer) => answer.json().type);
    // Four are told that they were wrong; the fifth, and all others, that the link is locked.
    expect(types.filter((type) => type === 'wrong-code')).toHaveLength(4);
    expect(types.filter((type) => type === 'link-locked')).toHaveLength(496);
    const [row] = await world.app.db.select().from(uploadLinks).where(eq(uploadLinks.id, link.id));
    expect(row?.failedTries).toBe(5);
    const right = await tryCode(world, token, '0021');
    expect([right.statusCode, right.json().type]).toEqual([423, 'link-locked']);
    expect(await world.app.db.$count(portalSessions, eq(portalSessions.linkId, link.id))).toBe(0);
    expect((await linksOf(id))[0]).toMatchObject({ state: 'locked', triesLeft: 0 });
    const told = (await eventsOf(id)).filter(({ type }) => type === 'link.locked' || type === 'link.tried');
    expect(told.map(({ type }) => type).sort()).toEqual(
      [...Array(4).fill('link.tried'), 'link.locked'].sort(),
    );
    expect(await world.app.db.$count(auditLog, eq(auditLog.entityId, link.id))).toBe(6);
  });

  test('a right code between wrong ones gives no tries back', async () => {
    const { id } = await addCustomer(staff);
    const token = tokenOf(await makeLink(staff, id));
    const left: (number | undefined)[] = [];
    for (const code of ['1111', '2222', '0021', '3333', '4444', '5555', '0021']) {
      const answer = await tryCode(world, token, code);
      left.push(answer.statusCode === 200 ? 99 : (answer.json().triesLeft ?? answer.statusCode));
    }
    expect(left).toEqual([4, 3, 99, 2, 1, 423, 423]);
  });

  test('wrong digits of others do not put out who had given the right ones', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    for (const code of ['1111', '2222', '3333', '4444', '5555']) await tryCode(world, phone.token, code);
    const late = await tryCode(world, phone.token, '0021');
    expect([late.statusCode, late.json().type]).toEqual([423, 'link-locked']);
    expect((await phone.inject({ url: '/api/portal/checklist' })).statusCode).toBe(200);
    const session = await phone.inject({ url: '/api/portal/session' });
    expect(session.json()).toMatchObject({ session: { linkId: phone.link.id }, ended: null });
    const sent = await phone.send('id_card_front', { 'front.jpg': sampleJpeg({ width: 640, height: 400 }) });
    expect(sent.statusCode).toBe(201);
  });

  test('one device has to wait after three wrong answers, and uses up no tries meanwhile', async () => {
    const { id } = await addCustomer(staff);
    const link = await makeLink(staff, id);
    const token = tokenOf(link);
    const hasty = async (code: string) => (await tryCode(world, token, code, '203.0.113.7')).json();
    for (const triesLeft of [4, 3]) expect(await hasty('1111')).toMatchObject({ triesLeft });
    expect(await hasty('1111')).toMatchObject({ type: 'wrong-code', triesLeft: 2, retryAfter: 5 });
    const early = await hasty('0021');
    expect(early).toMatchObject({ type: 'too-many-requests' });
    expect(early.retryAfter).toBeGreaterThan(0);
    expect((await linksOf(id))[0]).toMatchObject({ triesLeft: 2 });
    // Whoever is meant opens it on the own phone meanwhile.
    expect((await tryCode(world, token, '0021')).statusCode).toBe(200);
  });

  test('of a link nobody knows, and of one that has expired, nothing is learnt', async () => {
    const { id } = await addCustomer(staff);
    const unknown = await tryCode(world, 'x'.repeat(43), '0021');
    expect([unknown.statusCode, unknown.json().type]).toEqual([404, 'link-not-found']);
    const link = await makeLink(staff, id);
    await world.app.db
      .update(uploadLinks)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(uploadLinks.id, link.id));
    for (const code of ['0021', '9999']) {
      const answer = await tryCode(world, tokenOf(link), code);
      expect([answer.statusCode, answer.json().type]).toEqual([410, 'link-expired']);
      expect(answer.body).not.toContain('王');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    const [row] = await world.app.db.select().from(uploadLinks).where(eq(uploadLinks.id, link.id));
    expect(row?.failedTries).toBe(0);
  });

  test('looking at a link counts nothing and shows no more than how the number begins', async () => {
    const { id } = await addCustomer(staff);
    const link = await makeLink(staff, id);
    const look = () =>
      world.app.inject({ method: 'POST', url: '/api/portal/link', payload: { token: tokenOf(link) } });
    expect((await look()).json()).toEqual({
      expiresAt: link.expiresAt,
      triesLeft: 5,
      phoneStart: '138',
      missing: 5,
      now: expect.any(String),
    });
    for (const method of ['GET', 'HEAD'] as const) {
      for (const url of ['/p', '/api/portal/session', '/api/portal/link', '/api/portal/checklist']) {
        await world.app.inject({ method, url, headers: { 'user-agent': 'WeChatBot' } });
      }
    }
    expect((await linksOf(id))[0]).toEqual((({ url, ...rest }) => rest)(link));
    expect((await world.app.inject({ url: '/api/portal/session' })).json()).toEqual({
      organisation: null,
      contact: null,
      session: null,
      ended: null,
    });
  });
});
