import { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import { auditLog, outbox, streamEvents } from '@qijian/db/schema/events.ts';
import { uploadLinks } from '@qijian/db/schema/links.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { portalStream } from '@qijian/domain/contract/live-events.ts';
import { applyPortalChange, type PortalChange } from '@qijian/domain/rules/portal.ts';
import { sampleJpeg, samplePdf } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDocuments } from '../../testing/open-documents.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { addCustomer, form, makeLink, openPhone, tokenOf, tryCode } from './testing/phones.ts';

let world: TestApp;
let staff: Person;
let auditor: Person;
let admin: Person;
beforeAll(async () => {
  world = await createTestApp({
    LINK_MAX_REQUESTS_PER_MINUTE: '10000',
    LINK_MAX_FILES: '6',
    LINK_MAX_MB: '2',
  });
  staff = await world.loginAs('staff', '林晓-卡纳里');
  auditor = await world.loginAs('auditor', '何予安-卡纳里');
  admin = await world.loginAs('admin');
});
afterAll(() => world.close());

let unique = 0;
const jpeg = (padTo = 0) => sampleJpeg({ comment: `portal ${unique++}`, padTo });
const itemOf = (list: { items: { type: string }[] }, type: string) =>
  list.items.find((item) => item.type === type) as never as Awaited<
    ReturnType<Awaited<ReturnType<typeof openPhone>>['checklist']>
  >['items'][number];
const versionOf = async (id: string): Promise<number> =>
  (await staff.inject({ url: `/api/customers/${id}` })).json().version;
/** All events of the customer's page, numbered or not yet. */
async function portalEvents(
  customerId: string,
): Promise<{ type: string; actor: unknown; data: PortalChange }[]> {
  const stream = portalStream(customerId);
  const { db } = world.app;
  return db.transaction(
    async (tx) => {
      const numbered = await tx
        .select()
        .from(streamEvents)
        .where(eq(streamEvents.stream, stream))
        .orderBy(streamEvents.seq);
      const waiting = await tx.select().from(outbox).where(eq(outbox.stream, stream)).orderBy(outbox.id);
      return [...numbered, ...waiting] as never;
    },
    { isolationLevel: 'repeatable read' },
  );
}
const added = (answer: { body: string; statusCode: number }) => {
  expect(answer.statusCode, answer.body).toBe(201);
  return JSON.parse(answer.body).documents[0] as { id: string };
};

describe('opening', () => {
  test('the cookie is for the portal alone, and out of reach of scripts and other sites', async () => {
    const { id } = await addCustomer(staff);
    const link = await makeLink(staff, id);
    const opened = await tryCode(world, tokenOf(link), '0021');
    const cookie = String(opened.headers['set-cookie']);
    expect(cookie).toMatch(/^qijian_portal=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(opened.json().session).toMatchObject({
      linkId: link.id,
      customerId: id,
      expiresAt: link.expiresAt,
    });
    const asStaff = cookie.replace('qijian_portal=', 'qijian=').split(';')[0] as string;
    const answer = await world.app.inject({ url: '/api/auth/me', headers: { cookie: asStaff } });
    expect(answer.statusCode).toBe(401);
  });

  test('behind https it is bound to the host', async () => {
    const secure = await createTestApp({ PUBLIC_URL: 'https://qijian.example' });
    try {
      const person = await secure.loginAs('staff');
      const link = await makeLink(person, (await addCustomer(person)).id);
      const opened = await tryCode(secure, tokenOf(link), '0021');
      expect(String(opened.headers['set-cookie'])).toMatch(
        /^__Host-qijian_portal=.*; Path=\/; HttpOnly; SameSite=Lax.*; Secure$/,
      );
    } finally {
      await secure.close();
    }
  });

  test('a phone whose link has run out meanwhile is told so, not asked to sign in', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    // As if all of it had happened 73 hours ago.
    await world.app.db.execute(sql`
      update portal_sessions set expires_at = expires_at - interval '73 hours' where link_id = ${phone.link.id}`);
    await world.app.db.execute(sql`
      update upload_links set expires_at = expires_at - interval '73 hours' where id = ${phone.link.id}`);
    const answer = await phone.inject({ url: '/api/portal/checklist' });
    expect([answer.statusCode, answer.json().type]).toEqual([410, 'link-expired']);
    expect((await phone.inject({ url: '/api/portal/session' })).json()).toMatchObject({
      session: null,
      ended: 'link-expired',
    });
  });

  test('a phone is told that its link was replaced, and is the same person by the new one', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id, { label: '配偶' });
    const before = await phone.checklist();
    const made = await staff.inject({
      method: 'POST',
      url: `/api/links/${phone.link.id}/reissue`,
      payload: {},
    });
    expect((await phone.inject({ url: '/api/portal/session' })).json()).toMatchObject({
      session: null,
      ended: 'link-replaced',
    });
    const opened = await tryCode(world, tokenOf(made.json()), '0021');
    const cookie = String(opened.headers['set-cookie']).split(';')[0] as string;
    const after = (await phone.inject({ url: '/api/portal/checklist', headers: { cookie } })).json();
    expect(after.link.person).toBe(before.link.person);
    const other = await (await openPhone(world, staff, id)).checklist();
    expect(other.link.person).not.toBe(before.link.person);
    expect(before.link.person).not.toContain(id.replaceAll('-', '').slice(0, 8));
  });

  test('a page of one link does nothing by the session of another', async () => {
    const one = await openPhone(world, staff, (await addCustomer(staff)).id);
    const { id } = await addCustomer(staff);
    const other = await openPhone(world, staff, id);
    const headers = { 'portal-link': one.link.id };
    const waive = { method: 'POST', url: '/api/portal/waive', payload: { type: 'other' } } as const;
    for (const request of [waive, { url: '/api/portal/checklist' }]) {
      expect((await other.inject({ ...request, headers })).json().type).toBe('not-signed-in');
    }
    const begun = await other.inject({
      method: 'POST',
      url: '/api/portal/uploads',
      headers: {
        ...headers,
        'tus-resumable': '1.0.0',
        'upload-length': '10',
        'upload-metadata': `type ${btoa('other')},filename ${btoa('a.jpg')}`,
      },
    });
    expect(begun.statusCode).toBe(401);
    expect((await other.inject({ ...waive, headers: { 'portal-link': other.link.id } })).statusCode).toBe(
      204,
    );
  });

  test('signing out ends it on the server too', async () => {
    const phone = await openPhone(world, staff, (await addCustomer(staff)).id);
    expect((await phone.inject({ method: 'DELETE', url: '/api/portal/session' })).statusCode).toBe(204);
    expect((await phone.inject({ url: '/api/portal/checklist' })).statusCode).toBe(401);
  });

  test('another site neither opens a link nor uploads', async () => {
    const { id } = await addCustomer(staff);
    const link = await makeLink(staff, id);
    const answer = await world.app.inject({
      method: 'POST',
      url: '/api/portal/session',
      headers: { origin: 'https://elsewhere.example' },
      payload: { token: tokenOf(link), code: '0021' },
    });
    expect(answer.json().type).toBe('foreign-origin');
    const [row] = await world.app.db.select().from(uploadLinks).where(eq(uploadLinks.id, link.id));
    expect([row?.openedCount, row?.failedTries]).toEqual([0, 0]);
  });
});

describe('the checklist', () => {
  test('says what is there and what is missing, and who it is for only in part', async () => {
    const { id } = await addCustomer(staff, { product: 'mortgage' });
    const phone = await openPhone(world, staff, id, { label: '借款人' });
    const list = await phone.checklist();
    expect(list).toMatchObject({
      customer: { id, maskedName: '王**' },
      product: { zh: '房抵贷', en: 'Property-backed loan' },
      contact: null,
      organisation: null,
      now: expect.stringMatching(/^\d{4}-/),
      progress: { total: 6, accepted: 0, pending: 0, missing: 6 },
      state: 'collecting',
      next: 'add-documents',
      link: { id: phone.link.id, filesLeft: 6, bytesLeft: 2 * 1024 * 1024 },
    });
    expect(itemOf(list, 'property_proof')).toMatchObject({ required: true, canWaive: false });
    expect(itemOf(list, 'marriage_certificate')).toMatchObject({ required: false, canWaive: true });
    expect(list.head.stream).toBe(portalStream(id));
  });

  test('follows every change in events that lead to the same as a new look', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    let known = await phone.checklist();
    const front = added(await phone.send('id_card_front', { '正面.jpg': jpeg() }));
    added(await phone.send('bank_statement', { '流水.pdf': samplePdf() }));
    await phone.inject({ method: 'DELETE', url: `/api/portal/documents/${front.id}` });
    await phone.inject({
      method: 'POST',
      url: '/api/portal/waive',
      payload: { type: 'marriage_certificate' },
    });
    const events = await portalEvents(id);
    expect(events.map(({ type }) => type)).toEqual(Array(4).fill('portal.changed'));
    for (const { actor, data } of events) {
      expect(actor).toEqual({ kind: 'customer', id: null, name: '' });
      known = { ...known, ...applyPortalChange(known, data) };
    }
    const { items, progress, state, next } = await phone.checklist();
    const withOwn = known.items.map((item) => ({
      ...item,
      documents: itemOf({ items }, item.type).documents,
    }));
    expect({ items: withOwn, progress: known.progress, state: known.state, next: known.next }).toEqual({
      items,
      progress,
      state,
      next,
    });
  });

  test('two people with a link each see that a document is in, and nothing else of what the other sent', async () => {
    const { id } = await addCustomer(staff);
    const wife = await openPhone(world, staff, id);
    const husband = await openPhone(world, staff, id);
    await wife.checklist();
    const sent = added(await wife.send('income_proof', { '离婚协议-卡纳里.jpg': jpeg() }));
    added(await husband.send('other', { '借条.jpg': jpeg() }));

    const his = await husband.checklist();
    expect(itemOf(his, 'income_proof')).toMatchObject({ state: 'received', pages: 1, documents: [] });
    expect(itemOf(his, 'other').documents).toMatchObject([{ filename: '借条.jpg' }]);
    expect(itemOf(await wife.checklist(), 'income_proof').documents).toMatchObject([{ id: sent.id }]);
    const stream = JSON.stringify(await portalEvents(id));
    for (const canary of ['卡纳里', '借条', sent.id]) {
      expect(stream).not.toContain(canary);
      if (canary !== '借条') expect(JSON.stringify(his)).not.toContain(canary);
    }
  });

  test('what concerns staff only is no event for the customer', async () => {
    const { id } = await addCustomer(staff);
    await openPhone(world, staff, id);
    await staff.inject({
      method: 'PATCH',
      url: `/api/customers/${id}`,
      payload: { version: await versionOf(id), note: '内部备注' },
    });
    expect(await portalEvents(id)).toEqual([]);
  });

  test('customers without a link have no stream', async () => {
    const { id } = await addCustomer(staff);
    await staff.inject({
      method: 'POST',
      url: `/api/customers/${id}/waive`,
      payload: { version: 1, type: 'other', waived: true },
    });
    expect(await portalEvents(id)).toEqual([]);
  });
});

describe('uploading', () => {
  test('a file becomes a document that came from the portal, by the link', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id, { label: '共同借款人' });
    const content = jpeg();
    const answer = await phone.send('id_card_front', { 'IMG_1.jpg': content });
    expect(answer.statusCode, answer.body).toBe(201);
    const [mine] = answer.json().documents;
    expect(mine).toMatchObject({
      link: phone.link.id,
      filename: 'IMG_1.jpg',
      state: 'processing',
      verdict: 'pending',
    });
    expect(Date.parse(mine.undoUntil) - Date.parse(mine.uploadedAt)).toBe(30 * 60_000);
    const seen: Document = (await staff.inject({ url: `/api/documents/${mine.id}` })).json();
    expect(seen).toMatchObject({
      source: 'portal',
      type: 'id_card_front',
      uploadedBy: { kind: 'customer', id: null, name: '共同借款人' },
    });
    const rows = await world.app.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.entityId, mine.id))
      .orderBy(auditLog.id);
    expect(
      rows.map(({ action, actorKind, actorId, actorName }) => [action, actorKind, actorId, actorName]),
    ).toEqual([['document.added', 'customer', phone.link.id, '共同借款人']]);
    expect(itemOf(await phone.checklist(), 'id_card_front')).toMatchObject({ state: 'received' });
  });

  test('several photographs are the pages of one document, in their order', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const groupId = uuidv7();
    const first = await phone.send('credit_report', { '1.jpg': jpeg(), '2.jpg': jpeg() }, { groupId });
    const last = await phone.send('credit_report', { '3.jpg': jpeg() }, { groupId, pageIndex: '2' });
    expect([first.statusCode, last.statusCode]).toEqual([201, 201]);
    const listed: Document[] = (await staff.inject({ url: `/api/customers/${id}/documents` })).json().items;
    expect(listed.map(({ filename, group }) => [filename, group])).toEqual([
      ['1.jpg', { id: groupId, index: 0, total: null }],
      ['2.jpg', { id: groupId, index: 1, total: null }],
      ['3.jpg', { id: groupId, index: 2, total: null }],
    ]);
    const item = itemOf(await phone.checklist(), 'credit_report');
    expect([item.pages, item.documents.map(({ group }) => group?.index)]).toEqual([3, [0, 1, 2]]);
    for (const fields of [{ groupId: 'x' }, { groupId, pageIndex: '-1' }]) {
      const bad = await phone.send('credit_report', { '4.jpg': jpeg() }, fields as never);
      expect(bad.json().type).toBe('validation-failed');
    }
  });

  test('a second photograph of a card takes the place of the first, but not of what staff or another phone sent', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const partner = await openPhone(world, staff, id);
    added(await partner.send('id_card_front', { '别人.jpg': jpeg() }));
    for (const name of ['1.jpg', '2.jpg', '3.jpg'])
      added(await phone.send('id_card_front', { [name]: jpeg() }));
    added(await phone.send('income_proof', { 'a.jpg': jpeg() }));
    added(await phone.send('income_proof', { 'b.jpg': jpeg() }));
    const names = async (type: string) =>
      (await staff.inject({ url: `/api/customers/${id}/documents` }))
        .json()
        .items.filter((document: Document) => document.type === type)
        .map(({ filename }: Document) => filename);
    expect(await names('id_card_front')).toEqual(['别人.jpg', '3.jpg']);
    expect(await names('income_proof')).toEqual(['a.jpg', 'b.jpg']);
  });

  test('a repeated form makes no second document and uses up nothing', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const { body, contentType } = form({ type: 'other' }, { 'b.jpg': jpeg() });
    const post = () =>
      phone.inject({
        method: 'POST',
        url: '/api/portal/documents',
        headers: { 'idempotency-key': 'portal-form-1', 'content-type': contentType },
        payload: body,
      });
    const answers = await Promise.all([post(), post(), post()]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.json().documents[0].id)).size).toBe(1);
    expect((await phone.checklist()).link.filesLeft).toBe(5);
    expect(await world.app.db.$count(documents, eq(documents.customerId, id))).toBe(1);
  });

  test('a decided file takes nothing, and the refusal shows nothing of the staff side', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    await world.app.db.update(customers).set({ status: 'approved' }).where(eq(customers.id, id));
    const answer = await phone.send('other', { 'a.jpg': jpeg() });
    expect([answer.statusCode, answer.json().type]).toEqual([409, 'portal-closed']);
    expect(answer.json().current).toBeUndefined();
    expect(answer.body).not.toContain('卡纳里');
  });

  test('the number and the size of files have limits; what was refused uses up nothing', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const left = async () => (await phone.checklist()).link;
    const big = await phone.send('other', { '1.jpg': jpeg(1_500_000), '2.jpg': jpeg(1_000_000) });
    expect([big.statusCode, big.json().type]).toEqual([413, 'link-bytes-exceeded']);
    expect(await left()).toMatchObject({ filesLeft: 6, bytesLeft: 2 * 1024 * 1024 });
    for (let n = 0; n < 5; n += 1) added(await phone.send('other', { [`${n}.jpg`]: jpeg() }));
    const two = await phone.send('other', { 'a.jpg': jpeg(), 'b.jpg': jpeg() });
    expect([two.statusCode, two.json().type]).toEqual([413, 'link-files-exceeded']);
    expect((await left()).filesLeft).toBe(1);
    // Many at once get one place.
    const many = await Promise.all(
      Array.from({ length: 6 }, (_, n) => phone.send('other', { [`${n}.jpg`]: jpeg() })),
    );
    expect(many.map(({ statusCode }) => statusCode).sort()).toEqual([201, 413, 413, 413, 413, 413]);
    expect(await world.app.db.$count(documents, eq(documents.customerId, id))).toBe(6);
  });

  test('a form that is too large for the link by its head is refused before a file is read', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const receive = vi.spyOn(world.app.storage, 'receive');
    try {
      const answer = await phone.send('other', { 'a.jpg': jpeg(3_500_000) });
      expect([answer.statusCode, answer.json().type]).toEqual([413, 'link-bytes-exceeded']);
      expect(receive).not.toHaveBeenCalled();
      added(await phone.send('other', { 'b.jpg': jpeg() }));
      expect(receive).toHaveBeenCalledOnce();
    } finally {
      receive.mockRestore();
    }
  });

  test('requests in a minute have a limit, which says how long to wait', async () => {
    const slow = await createTestApp({ LINK_MAX_REQUESTS_PER_MINUTE: '10' });
    try {
      const person = await slow.loginAs('staff');
      const { id } = await addCustomer(person);
      const [one, other] = [await openPhone(slow, person, id), await openPhone(slow, person, id)];
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => one.inject({ url: '/api/portal/checklist' })),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(10);
      const refused = answers.find(({ statusCode }) => statusCode === 429);
      expect(refused?.json().type).toBe('too-many-requests');
      expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(50);
      expect((await other.inject({ url: '/api/portal/checklist' })).statusCode).toBe(200);
      // The minute is over.
      const [minute] = await slow.app.redis.keys(`qijian:limits:*portalRequests:${one.link.id}`);
      await slow.app.redis.pexpire(String(minute), 0);
      expect((await one.inject({ url: '/api/portal/checklist' })).statusCode).toBe(200);
    } finally {
      await slow.close();
    }
  });
});

describe('taking back', () => {
  test('one’s own upload goes, and staff see by whom', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const { id: document } = added(await phone.send('other', { 'a.jpg': jpeg() }));
    const undo = () => phone.inject({ method: 'DELETE', url: `/api/portal/documents/${document}` });
    expect((await undo()).statusCode).toBe(204);
    expect((await undo()).statusCode).toBe(404);
    expect(itemOf(await phone.checklist(), 'other').documents).toEqual([]);
    const rows = await world.app.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.entityId, document))
      .orderBy(auditLog.id);
    expect(rows.map(({ action, actorKind }) => [action, actorKind])).toEqual([
      ['document.added', 'customer'],
      ['document.deleted', 'customer'],
    ]);
  });

  test('not after half an hour, not once judged, and never what somebody else added', async () => {
    const { id } = await addCustomer(staff);
    const [phone, partner] = [await openPhone(world, staff, id), await openPhone(world, staff, id)];
    const stranger = await openPhone(world, staff, (await addCustomer(staff)).id);
    const { id: document } = added(await phone.send('other', { 'a.jpg': jpeg() }));
    const undo = async (by: typeof phone) => {
      const answer = await by.inject({ method: 'DELETE', url: `/api/portal/documents/${document}` });
      return answer.statusCode === 204 ? 204 : answer.json().type;
    };
    expect(await undo(partner)).toBe('not-found');
    expect(await undo(stranger)).toBe('not-found');
    const set = (values: Partial<typeof documents.$inferInsert>) =>
      world.app.db.update(documents).set(values).where(eq(documents.id, document));
    for (const verdict of ['accepted', 'rejected'] as const) {
      await set({ verdict });
      expect(await undo(phone)).toBe('undo-too-late');
    }
    await set({ verdict: 'pending', createdAt: new Date(Date.now() - 31 * 60_000) });
    expect(await undo(phone)).toBe('undo-too-late');
    await set({ createdAt: new Date(Date.now() - 29 * 60_000) });
    expect(await undo(phone)).toBe(204);
  });
});

describe('没有这项', () => {
  test('is possible where the type allows it, with a reason for staff, and can be taken back', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const waive = async (payload: object) => {
      const answer = await phone.inject({ method: 'POST', url: '/api/portal/waive', payload });
      return answer.statusCode === 204 ? 204 : answer.json().type;
    };
    expect(await waive({ type: 'id_card_front' })).toBe('state-conflict');
    expect(await waive({ type: 'nothing' })).toBe('validation-failed');
    await world.app.db.execute(
      sql`update document_types set waivable = false where code = 'household_register'`,
    );
    expect(await waive({ type: 'household_register' })).toBe('state-conflict');
    expect(await waive({ type: 'marriage_certificate', reason: '未婚' })).toBe(204);
    expect(itemOf(await phone.checklist(), 'marriage_certificate').state).toBe('waived');
    world.app.live.flush();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { events } = (await staff.inject({ url: `/api/customers/${id}/events` })).json();
    expect(events.find(({ type }: { type: string }) => type === 'customer.type-waived')).toMatchObject({
      actor: { kind: 'customer', name: '客户' },
      data: { documentType: 'marriage_certificate', reason: '未婚' },
    });
    expect(await waive({ type: 'marriage_certificate', waived: false })).toBe(204);
    expect(itemOf(await phone.checklist(), 'marriage_certificate').state).toBe('missing');
  });
});

test('names of staff, notes, and numbers never reach the customer, in any answer or event', async () => {
  const { id } = await addCustomer(staff, {
    name: '卡纳里客户全名',
    phone: '13912345678',
    note: '卡纳里内部备注',
    product: 'credit',
  });
  const phone = await openPhone(world, staff, id, { code: '5678', label: '卡纳里标签' });
  const bodies: string[] = [];
  const keep = async (options: Parameters<typeof phone.inject>[0]) => {
    const answer = await phone.inject(options);
    bodies.push(answer.body, JSON.stringify(answer.headers));
    return answer;
  };
  for (const type of ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report']) {
    const { body, contentType } = form({ type }, { 'canary-staff-file.jpg': jpeg() });
    const answer = await staff.inject({
      method: 'POST',
      url: `/api/customers/${id}/documents`,
      headers: { 'content-type': contentType },
      payload: body,
    });
    expect(answer.statusCode, answer.body).toBe(201);
  }
  await keep({ url: '/api/portal/checklist' });
  await openDocuments(world.app.db, id);
  const submitted = await staff.inject({
    method: 'POST',
    url: `/api/customers/${id}/submit`,
    payload: { version: await versionOf(id) },
  });
  expect(submitted.statusCode, submitted.body).toBe(200);
  await auditor.inject({
    method: 'POST',
    url: `/api/customers/${id}/claim`,
    payload: { version: await versionOf(id) },
  });
  const [first] = (await staff.inject({ url: `/api/customers/${id}/documents` })).json().items;
  const verdict = await auditor.inject({
    method: 'POST',
    url: `/api/documents/${first.id}/review`,
    payload: {
      version: first.version,
      verdict: 'rejected',
      reasonCode: 'blurred',
      message: '请重拍',
      privateNote: '卡纳里私人批注',
    },
  });
  expect(verdict.statusCode, verdict.body).toBe(200);
  await keep({ url: '/api/portal/checklist' });
  await auditor.inject({
    method: 'POST',
    url: `/api/customers/${id}/decision`,
    payload: {
      version: await versionOf(id),
      decision: 'return',
      reason: '请补',
      requestedTypes: ['property_proof'],
    },
  });
  await keep({ url: '/api/portal/checklist' });
  await keep({ url: '/api/portal/session' });
  await keep({ method: 'POST', url: '/api/portal/link', payload: { token: phone.token } });
  await keep({ method: 'POST', url: '/api/portal/waive', payload: { type: 'id_card_front' } });
  await keep({ method: 'DELETE', url: `/api/portal/documents/${first.id}` });
  await world.app.db.update(customers).set({ status: 'rejected' }).where(eq(customers.id, id));
  bodies.push((await phone.send('other', { 'a.jpg': jpeg() })).body);
  await keep({ url: '/api/portal/checklist' });
  const events = await portalEvents(id);
  expect(events.length).toBeGreaterThan(5);
  const said = [...bodies, JSON.stringify(events)].join('\n');
  expect(said).toContain('请重拍');
  expect(said).toContain('请补');
  for (const canary of [
    '卡纳里',
    'canary',
    '13912345678',
    '11010519491231002X',
    staff.id,
    auditor.id,
    admin.id,
    staff.username,
  ]) {
    expect(said.includes(canary), canary).toBe(false);
  }
});
