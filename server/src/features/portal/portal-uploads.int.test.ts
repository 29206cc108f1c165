import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { readLinkUse } from '@qijian/db/queries/links.ts';
import { deleteExpired } from '@qijian/db/queries/sessions.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import { linkReservations } from '@qijian/db/schema/links.ts';
import type { PortalItem } from '@qijian/domain/rules/portal.ts';
import { forkProgram } from '@qijian/e2e/fixtures/own-process.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Person } from '../../testing/test-app.ts';
import { openWorld, type World } from '../documents/testing/documents-world.ts';
import { startPatch } from '../documents/testing/start-patch.ts';
import { addCustomer, form, openPhone, type Phone, tokenOf, tryCode } from './testing/phones.ts';

let world: World;
let staff: Person;
beforeAll(async () => {
  world = await openWorld({
    MAX_FILE_MB: '4',
    LINK_MAX_MB: '10',
    LINK_MAX_FILES: '4',
    PORTAL_CONTACT: '前台 010-12345678',
  });
  staff = await world.test.loginAs('staff', '林晓');
});
afterAll(() => world.close());

let unique = 0;
const jpeg = (padTo = 0) => Buffer.from(sampleJpeg({ comment: `phone ${unique++}`, padTo }));
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const metadata = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
const newPhone = async () => {
  const { id } = await addCustomer(staff);
  return { customerId: id, phone: await openPhone(world.test, staff, id) };
};

async function tus(
  by: { cookie: string },
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: Buffer,
) {
  const response = await fetch(new URL(url, world.origin), {
    method,
    headers: { cookie: by.cookie, 'tus-resumable': '1.0.0', ...headers },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
  const text = await response.text();
  const problem = text.startsWith('{') ? (JSON.parse(text) as { type: string }).type : null;
  return { status: response.status, headers: response.headers, problem };
}
const create = (by: { cookie: string }, length: number, fields: Record<string, string> = {}) =>
  tus(by, 'POST', '/api/portal/uploads', {
    'upload-length': String(length),
    'upload-metadata': metadata({ type: 'id_card_front', filename: '正面.jpg', ...fields }),
  });
const patch = (by: { cookie: string }, url: string, offset: number, body: Buffer) =>
  tus(
    by,
    'PATCH',
    url,
    { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body,
  );
const begun = async (by: Phone, length: number, fields: Record<string, string> = {}): Promise<string> => {
  const created = await create(by, length, fields);
  expect([created.status, created.problem]).toEqual([201, null]);
  return created.headers.get('location') as string;
};
const stored = (customerId: string) =>
  world.test.app.db
    .select()
    .from(documents)
    .where(eq(documents.customerId, customerId))
    .orderBy(documents.createdAt);
const uploadedBytes = (url: string) => world.size(`uploads/${url.split('/').at(-1)}`);
const used = (phone: Phone) => readLinkUse(world.test.app.db, phone.link.id);

test('whoever’s link has ended is told whom to ask, and so is whoever has none', async () => {
  const { phone } = await newPhone();
  await staff.inject({ method: 'DELETE', url: `/api/links/${phone.link.id}` });
  const asked = await phone.inject({ url: '/api/portal/session' });
  expect(asked.json()).toMatchObject({ ended: 'link-revoked', contact: '前台 010-12345678' });
  const stranger = await world.test.app.inject({ url: '/api/portal/session' });
  expect(stranger.json()).toMatchObject({ session: null, contact: '前台 010-12345678' });
});

describe('resumable uploads of a customer', () => {
  test('in pieces: the last one makes the document, and staff see how far it has come', async () => {
    const { customerId, phone } = await newPhone();
    const progress = vi.spyOn(world.test.app.live, 'progress');
    const content = jpeg(800_000);
    const groupId = uuidv7();
    const url = await begun(phone, content.length, { groupId, pageIndex: '1' });
    expect((await patch(phone, url, 0, content.subarray(0, 300_000))).headers.get('upload-offset')).toBe(
      '300000',
    );
    expect((await tus(phone, 'HEAD', url)).headers.get('upload-offset')).toBe('300000');
    const last = await patch(phone, url, 300_000, content.subarray(300_000));
    expect(last.status).toBe(204);
    const id = last.headers.get('upload-document-id');
    expect(await stored(customerId)).toMatchObject([
      {
        id,
        source: 'portal',
        linkId: phone.link.id,
        uploadedBy: null,
        uploaderName: '客户',
        groupId,
        pageIndex: 1,
      },
    ]);
    expect((await stored(customerId))[0]?.sha256).toBe(sha256(content));
    const told = progress.mock.calls.map(([step]) => step).filter((step) => step.customerId === customerId);
    expect(told.at(-1)).toMatchObject({
      percent: 100,
      type: 'id_card_front',
      actor: { kind: 'customer', id: phone.link.id, name: '客户' },
    });
    progress.mockRestore();
  });

  test('a document of which a page failed is not received, also for the next page load, until it is whole or said to be', async () => {
    const { customerId, phone } = await newPhone();
    const groupId = uuidv7();
    const sendPage = async (index: number, total = 3) => {
      const content = jpeg();
      const fields = { type: 'income_proof', groupId, pageIndex: String(index), pageTotal: String(total) };
      await patch(phone, await begun(phone, content.length, fields), 0, content);
    };
    const item = async () =>
      (await phone.checklist()).items.find(({ type }) => type === 'income_proof') as PortalItem;
    const completeness = async () =>
      (await staff.inject({ url: `/api/customers/${customerId}/completeness` })).json();
    await sendPage(0);
    await sendPage(2);
    const incomplete = { id: groupId, arrived: 2, total: 3, missing: [1] };
    expect(await item()).toMatchObject({ state: 'missing', why: 'incomplete', incomplete });
    expect((await completeness()).missing).toContain('income_proof');

    await sendPage(1);
    expect(await item()).toMatchObject({ state: 'received', pages: 3, incomplete: null });
    expect((await completeness()).missing).not.toContain('income_proof');

    const content = jpeg();
    expect((await create(phone, content.length, { groupId, pageIndex: '3', pageTotal: '3' })).problem).toBe(
      'validation-failed',
    );
  });

  test('the customer, or staff, say that the pages received are all of them; a stranger cannot', async () => {
    for (const sayer of ['customer', 'staff']) {
      const { customerId, phone } = await newPhone();
      const partner = await openPhone(world.test, staff, customerId);
      const fields = { type: 'income_proof', groupId: uuidv7(), pageIndex: '0', pageTotal: '2' };
      const content = jpeg();
      await patch(phone, await begun(phone, content.length, fields), 0, content);
      const [page] = await stored(customerId);
      const settle = { method: 'POST', url: `/api/portal/documents/${page?.id}/settle` } as const;
      expect((await partner.inject(settle)).statusCode).toBe(404);
      const said =
        sayer === 'customer'
          ? await phone.inject(settle)
          : await staff.inject({ method: 'POST', url: `/api/documents/${page?.id}/settle` });
      expect(said.statusCode).toBe(sayer === 'customer' ? 204 : 200);
      const { items } = await phone.checklist();
      expect(items.find(({ type }) => type === 'income_proof')).toMatchObject({
        state: 'received',
        pages: 1,
        incomplete: null,
      });
    }
  });

  test('it goes to the customer of the link, whatever the metadata says', async () => {
    const { customerId, phone } = await newPhone();
    const other = await addCustomer(staff);
    const content = jpeg();
    const url = await begun(phone, content.length, {
      customerId: other.id,
      source: 'desk',
      userId: staff.id,
    });
    await patch(phone, url, 0, content);
    expect(await stored(other.id)).toEqual([]);
    expect(await stored(customerId)).toMatchObject([{ source: 'portal', linkId: phone.link.id }]);
  });

  test('uploads of another link, of another customer and of staff do not exist', async () => {
    const { customerId, phone } = await newPhone();
    const partner = await openPhone(world.test, staff, customerId);
    const { phone: stranger } = await newPhone();
    const content = jpeg();
    const url = await begun(phone, content.length);
    for (const by of [partner, stranger]) {
      for (const method of ['HEAD', 'DELETE']) expect((await tus(by, method, url)).status, method).toBe(404);
      expect((await patch(by, url, 0, content)).status).toBe(404);
    }
    const own = url.replace('/portal', '');
    expect((await tus(staff, 'HEAD', own)).status).toBe(404);
    expect((await tus(phone, 'HEAD', own)).status).toBe(401);
    expect((await tus(staff, 'HEAD', url)).status).toBe(401);
    expect((await patch(phone, url, 0, content)).status).toBe(204);
  });

  test('by a link that was replaced goes on by the new one: what has arrived is not sent again', async () => {
    const { customerId, phone } = await newPhone();
    const [whole, half] = [jpeg(), jpeg(400_000)];
    const urls = [
      await begun(phone, whole.length, { type: 'income_proof' }),
      await begun(phone, half.length, { type: 'bank_statement' }),
    ] as const;
    // The answer to this is lost, because the link is replaced in the same moment.
    expect((await patch(phone, urls[0], 0, whole)).status).toBe(204);
    await patch(phone, urls[1], 0, half.subarray(0, 100_000));
    const { id } = phone.link;
    const answer = await staff.inject({ method: 'POST', url: `/api/links/${id}/reissue`, payload: {} });
    const opened = await tryCode(world.test, tokenOf(answer.json()), '0021');
    const next = { cookie: String(opened.headers['set-cookie']).split(';')[0] as string };
    const head = await tus(next, 'HEAD', urls[0]);
    expect([head.status, head.headers.get('upload-offset')]).toEqual([200, String(whole.length)]);
    expect(head.headers.get('upload-document-id')).toBe(urls[0].split('/').at(-1));
    expect((await tus(next, 'HEAD', urls[1])).headers.get('upload-offset')).toBe('100000');
    expect((await patch(next, urls[1], 100_000, half.subarray(100_000))).status).toBe(204);
    const rows = await stored(customerId);
    expect(rows.map((row) => row.sha256).sort()).toEqual([sha256(whole), sha256(half)].sort());
    // The replaced link takes nothing any more, and no link that came otherwise follows it.
    const partner = await openPhone(world.test, staff, customerId);
    expect((await tus(partner, 'HEAD', urls[0])).status).toBe(404);
    expect((await tus(phone, 'HEAD', urls[0])).status).toBeGreaterThanOrEqual(400);
  });

  test('limits hold for uploads that have only begun; what is ended or refused is given back', async () => {
    const { phone } = await newPhone();
    const megabytes = (n: number) => n * 1024 * 1024;
    const urls = [await begun(phone, megabytes(4)), await begun(phone, megabytes(4))];
    expect((await create(phone, megabytes(3))).problem).toBe('link-bytes-exceeded');
    expect((await create(phone, megabytes(5))).problem).toBe('file-too-large');
    expect(await used(phone)).toEqual({ files: 2, bytes: megabytes(8) });
    for (const url of urls) expect((await tus(phone, 'DELETE', url)).status).toBe(204);
    expect(await used(phone)).toEqual({ files: 0, bytes: 0 });
    const wrong = Buffer.from('not a picture at all');
    const refused = await patch(phone, await begun(phone, wrong.length), 0, wrong);
    expect(refused.problem).toBe('unsupported-file');
    expect(await used(phone)).toEqual({ files: 0, bytes: 0 });
    for (let n = 0; n < 4; n += 1) await begun(phone, 1000);
    expect((await create(phone, 1000)).problem).toBe('link-files-exceeded');
  });

  test('an upload that can no longer be taken up gives its place back, and what has arrived has one place', async () => {
    const { phone } = await newPhone();
    const { db } = world.test.app;
    const content = jpeg();
    const url = await begun(phone, content.length);
    expect((await patch(phone, url, 0, content)).status).toBe(204);
    for (let n = 0; n < 3; n += 1) await begun(phone, 1000);
    expect(await used(phone)).toEqual({ files: 4, bytes: content.length + 3000 });
    expect((await create(phone, 1000)).problem).toBe('link-files-exceeded');
    const ofLink = eq(linkReservations.linkId, phone.link.id);
    await db.update(linkReservations).set({ expiresAt: new Date() }).where(ofLink);
    expect((await phone.checklist()).link.filesLeft).toBe(3);
    for (let n = 0; n < 3; n += 1) await begun(phone, 1000);
    await deleteExpired(db);
    expect(await db.$count(linkReservations, ofLink)).toBe(3);
    expect((await create(phone, 1000)).problem).toBe('link-files-exceeded');
  });

  test('of many uploads that begin at once the link takes as many as it has places', async () => {
    const { phone } = await newPhone();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(phone, 1000)));
    expect(answers.filter(({ problem }) => problem === 'link-files-exceeded')).toHaveLength(6);
    expect(await used(phone)).toEqual({ files: 4, bytes: 4000 });
  });

  test('a type that is none, or a page that is none, is refused by name', async () => {
    const { phone } = await newPhone();
    expect((await create(phone, 100, { type: 'nothing' })).problem).toBe('validation-failed');
    expect((await create(phone, 100, { groupId: 'x' })).problem).toBe('validation-failed');
    expect(await used(phone)).toEqual({ files: 0, bytes: 0 });
  });
});

describe('a link that is withdrawn', () => {
  test('in the middle of an upload stops it: nothing of it becomes a document', async () => {
    const { customerId, phone } = await newPhone();
    const content = jpeg(2_000_000);
    const url = await begun(phone, content.length);
    await patch(phone, url, 0, content.subarray(0, 500_000));
    await staff.inject({ method: 'DELETE', url: `/api/links/${phone.link.id}` });
    const rest = await patch(phone, url, 500_000, content.subarray(500_000));
    expect([rest.status, rest.problem]).toEqual([410, 'link-revoked']);
    expect((await tus(phone, 'HEAD', url)).status).toBe(410);
    expect(await stored(customerId)).toEqual([]);
  });

  test('in the middle of a form: none of its files is kept', async () => {
    const { customerId, phone } = await newPhone();
    const { body, contentType } = form({ type: 'other' }, { 'a.jpg': jpeg(500_000), 'b.jpg': jpeg(500_000) });
    const files = world.files();
    const outgoing = httpRequest(new URL('/api/portal/documents', world.origin), {
      method: 'POST',
      headers: { cookie: phone.cookie, 'content-type': contentType, 'content-length': body.length },
    });
    outgoing.write(body.subarray(0, 700_000));
    await vi.waitFor(() => expect(world.files().length).toBeGreaterThan(files.length), { timeout: 40_000 });
    await staff.inject({ method: 'DELETE', url: `/api/links/${phone.link.id}` });
    outgoing.end(body.subarray(700_000));
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(410);
    response.resume();
    expect(await stored(customerId)).toEqual([]);
    expect(world.files()).toEqual(files);
    expect(await used(phone)).toEqual({ files: 0, bytes: 0 });
  });

  test('while bytes arrive: no more of them are taken', async () => {
    const { customerId, phone } = await newPhone();
    const content = jpeg(3_000_000);
    const url = await begun(phone, content.length);
    const outgoing = startPatch(
      phone.cookie,
      new URL(url, world.origin),
      content.length,
      content.subarray(0, 300_000),
    );
    const answered = once(outgoing, 'response');
    await vi.waitFor(() => expect(uploadedBytes(url)).toBeGreaterThan(100_000), { timeout: 40_000 });
    await staff.inject({ method: 'DELETE', url: `/api/links/${phone.link.id}` });
    for (let at = 300_000; at < 1_500_000 && !outgoing.destroyed; at += 50_000) {
      outgoing.write(content.subarray(at, at + 50_000));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const [response] = await answered;
    expect(response.statusCode).toBe(410);
    outgoing.destroy();
    expect(uploadedBytes(url)).toBeLessThan(1_500_000);
    expect(await stored(customerId)).toEqual([]);
  }, 30_000);
});

describe('when servers die', () => {
  const servers: ChildProcess[] = [];
  afterAll(() => {
    for (const server of servers) server.kill('SIGKILL');
  });

  test('an upload that is cut off by kill -9 goes on where it stopped, byte for byte', {
    timeout: 120_000,
  }, async () => {
    const { config } = world.test;
    const child = forkProgram(new URL('../documents/testing/server-process.ts', import.meta.url), {
      DATABASE_URL: config.DATABASE_URL,
      REDIS_URL: config.REDIS_URL,
      DATA_DIR: config.DATA_DIR,
      MAX_FILE_MB: '4',
      LOG_LEVEL: 'fatal',
    });
    servers.push(child);
    const [origin] = (await once(child, 'message')) as [string];
    const { customerId, phone } = await newPhone();
    const content = jpeg(3_500_000);
    const url = await begun(phone, content.length);
    startPatch(phone.cookie, new URL(url, origin), content.length, content.subarray(0, 2_000_000));
    await vi.waitFor(() => expect(uploadedBytes(url)).toBeGreaterThan(1_000_000), { timeout: 40_000 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const offset = Number((await tus(phone, 'HEAD', url)).headers.get('upload-offset'));
    expect(offset).toBeGreaterThan(1_000_000);
    expect((await patch(phone, url, offset, content.subarray(offset))).status).toBe(204);
    expect(await stored(customerId)).toMatchObject([{ sha256: sha256(content), size: content.length }]);
  });
});
