import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { derivativeKey } from '@qijian/core/files/file-storage.ts';
import { lockCustomer } from '@qijian/db/queries/customer-row.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documentPages, documents } from '@qijian/db/schema/documents.ts';
import { HOSTILE_NAMES, hostileFiles } from '@qijian/e2e/fixtures/hostile-files.ts';
import { sampleJpeg, samplePdf, samplePng } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../testing/test-app.ts';
import { openWorld, type World } from './testing/documents-world.ts';
import { library } from './webp.ts';

let world: World;
let staff: Person;
let colleague: Person;
let admin: Person;
let auditor: Person;
beforeAll(async () => {
  world = await openWorld({ MAX_FILE_MB: '2', MAX_FILES_PER_REQUEST: '6' });
  staff = await world.test.loginAs('staff');
  colleague = await world.test.loginAs('staff');
  admin = await world.test.loginAs('admin');
  auditor = await world.test.loginAs('auditor');
});
afterAll(() => world.close());

const file = (filename: string, content: Uint8Array<ArrayBuffer>) => ['file', { filename, content }] as const;
const type = ['type', 'bank_statement'] as const;
let unique = 0;
const jpeg = () => sampleJpeg({ comment: `number ${unique++}` });
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const newCustomer = () => world.customer(staff);
const path = (id: string, rest = '') => `/api/documents/${id}${rest}`;
/** Holds a customer until what is asked waits for it in so many places; the answer comes once it is let go. */
async function whileHeld<T>(
  customerId: string,
  places: number,
  { ask, meanwhile }: { ask(): Promise<T>; meanwhile?(): Promise<unknown> },
): Promise<T> {
  const { db } = world.test.app;
  const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  const { answer } = await db.transaction(async (tx) => {
    await lockCustomer(tx, customerId);
    const answer = ask();
    await expect.poll(async () => (await db.execute(waiting)).length).toBe(places);
    await meanwhile?.();
    return { answer };
  });
  return answer;
}

/** A WebP of one pixel. */
const PICTURE = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAUAmJaQAA3AA/v02aAA=', 'base64');

describe('uploading by form', () => {
  test('one file is stored, announced and on record before the answer', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const answer = await world.post(staff, customerId, [type, file('流水.jpg', content)]);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ rejected: [], duringReview: false });
    const [document] = answer.body.documents;
    expect(document).toMatchObject({
      customerId,
      type: 'bank_statement',
      filename: '流水.jpg',
      mime: 'image/jpeg',
      size: content.length,
      sha256: sha256(content),
      state: 'processing',
      verdict: 'pending',
      source: 'desk',
      duplicateOf: null,
      uploadedBy: { kind: 'user', id: staff.id, name: staff.name },
    });
    expect(await world.events(customerId)).toEqual(['document.added']);
    expect(await world.audit(customerId)).toEqual([{ action: 'document.added', actorName: staff.name }]);
    const [row] = await world.test.app.db.select().from(customers).where(eq(customers.id, customerId));
    expect(row).toMatchObject({ version: 2, revision: 2, updatedBy: staff.name });
    const download = await fetch(`${world.origin}${path(document?.id as string, '/file')}`, {
      headers: { cookie: staff.cookie },
    });
    expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(sha256(content));
  });

  test('a file counts in the change that brings it, and each of several in its own', async () => {
    const customerId = await newCustomer();
    await world.post(staff, customerId, [type, file('a.jpg', jpeg()), file('b.jpg', jpeg())]);
    type Counted = { type: string; pages: number };
    const log = await world.call(staff, 'GET', `/api/customers/${customerId}/events?limit=50`);
    const added = (log.body.events as { type: string; seq: number; data: { items: Counted[] } }[])
      .filter((event) => event.type === 'document.added')
      .toSorted((a, b) => a.seq - b.seq);
    const counted = added.map(({ data }) => data.items.find((item) => item.type === 'bank_statement')?.pages);
    expect(counted).toEqual([1, 2]);
  });

  test('many files of several kinds come in one request and are listed in order', async () => {
    const customerId = await newCustomer();
    const answer = await world.post(staff, customerId, [
      type,
      file('a.jpg', jpeg()),
      file('b.png', samplePng({ text: 'b' })),
      file('c.pdf', samplePdf({ text: 'c' })),
    ]);
    expect(answer.body.documents.map((one) => one.mime)).toEqual([
      'image/jpeg',
      'image/png',
      'application/pdf',
    ]);
    const list = await world.call(auditor, 'GET', `/api/customers/${customerId}/documents`);
    expect((list.body.items as { filename: string }[]).map((one) => one.filename)).toEqual([
      'a.jpg',
      'b.png',
      'c.pdf',
    ]);
    expect(await world.events(customerId)).toEqual(['document.added', 'document.added', 'document.added']);
  });

  test('a name in GBK, in percent signs or in its extended form is stored in its own characters', async () => {
    const customerId = await newCustomer();
    const boundary = 'gbk-boundary';
    const gbk = Buffer.from('c1f7cbae2e6a7067', 'hex');
    const file = (name: Buffer) => [
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; `),
      name,
      Buffer.from('\r\nContent-Type: image/jpeg\r\n\r\n'),
      Buffer.from(sampleJpeg({ comment: name.toString('hex') })),
      Buffer.from('\r\n'),
    ];
    const body = Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="type"\r\n\r\nother\r\n`),
      ...file(Buffer.concat([Buffer.from('filename="'), gbk, Buffer.from('"')])),
      ...file(Buffer.from('filename="%E6%B5%81%E6%B0%B4.jpg"')),
      ...file(Buffer.from(`filename="__.jpg"; filename*=UTF-8''%E6%B5%81%E6%B0%B4.jpg`)),
      ...file(Buffer.from('filename="流水.jpg"')),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    const answer = await fetch(`${world.origin}/api/customers/${customerId}/documents`, {
      method: 'POST',
      headers: {
        cookie: staff.cookie,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
      body,
    });
    expect(answer.status).toBe(201);
    const { documents } = (await answer.json()) as { documents: { filename: string }[] };
    expect(documents.map(({ filename }) => filename)).toEqual(Array(4).fill('流水.jpg'));
  });

  test('a file with a fault is named and the others are stored', async () => {
    const customerId = await newCustomer();
    const answer = await world.post(staff, customerId, [
      type,
      file('good.jpg', jpeg()),
      file('page.jpg', new TextEncoder().encode('<html><script>1</script>')),
      file('large.jpg', sampleJpeg({ padTo: 3_000_000 })),
      file('empty.jpg', new Uint8Array(0)),
      file('good too.jpg', jpeg()),
    ]);
    expect(answer.status).toBe(201);
    expect(answer.body.documents.map((one) => one.filename)).toEqual(['good.jpg', 'good too.jpg']);
    expect(answer.body.rejected).toMatchObject([
      { filename: 'page.jpg', problem: { type: 'unsupported-file', status: 415 } },
      { filename: 'large.jpg', problem: { type: 'file-too-large', status: 413 } },
      { filename: 'empty.jpg', problem: { type: 'file-empty', status: 422 } },
    ]);
  });

  test.each(hostileFiles().map((one) => [one.what, one] as const))('hostile: %s', async (_what, hostile) => {
    const customerId = await newCustomer();
    const before = world.files().length;
    const answer = await world.post(staff, customerId, [type, file(hostile.filename, hostile.content)]);
    if ('status' in hostile.outcome) {
      expect(answer.status).toBe(hostile.outcome.status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(world.files()).toHaveLength(before);
      expect(await world.events(customerId)).toEqual([]);
    } else {
      expect(answer.status).toBe(201);
      expect(answer.body.documents[0]?.state).toBe('processing');
    }
  });

  test.each(HOSTILE_NAMES.map((name) => [name]))('hostile name: %j', async (name) => {
    const customerId = await newCustomer();
    const answer = await world.post(staff, customerId, [type, file(name, jpeg())]);
    expect(answer.status).toBe(201);
    const document = answer.body.documents[0];
    expect(document?.filename).toMatch(/^[^\p{Cc}\p{Cf}/\\<>:"|?*]{1,255}\.jpg$/u);
    expect(Buffer.byteLength(document?.filename as string)).toBeLessThanOrEqual(255);
    const download = await fetch(`${world.origin}${path(document?.id as string, '/file')}`, {
      headers: { cookie: staff.cookie },
    });
    expect(download.status).toBe(200);
    expect(download.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[^"\r\n]*"; filename\*=/,
    );
  });

  test('exactly the limit is accepted and one byte more is not', async () => {
    const customerId = await newCustomer();
    const limit = 2 * 1024 * 1024;
    const padded = (size: number) => {
      const content = new Uint8Array(size);
      content.set(jpeg());
      return content;
    };
    expect((await world.post(staff, customerId, [type, file('a.jpg', padded(limit))])).status).toBe(201);
    const over = await world.post(staff, customerId, [type, file('a.jpg', padded(limit + 1))]);
    expect([over.status, over.body.type]).toEqual([413, 'file-too-large']);
  });

  test('a form that is too large altogether is refused before any of it is read', async () => {
    const customerId = await newCustomer();
    const before = world.files().length;
    const { status, read } = await pour(customerId, 500 * 1024 * 1024);
    expect(status).toBe(413);
    expect(read).toBeLessThan(1024 * 1024);
    expect(world.files()).toHaveLength(before);
  });

  test('one file far over the limit is refused without reading it all', async () => {
    const customerId = await newCustomer();
    const before = world.files().length;
    const { status, read } = await pour(customerId, null);

    expect(status).toBe(413);
    expect(read).toBeLessThan(6 * 1024 * 1024);
    expect(world.files()).toHaveLength(before);
  });

  test('faults of the form are named and nothing of it stays', async () => {
    const customerId = await newCustomer();
    const before = world.files().length;
    const cases: [Parameters<World['post']>[2], number, string][] = [
      [[file('a.jpg', jpeg())], 422, 'type'],
      [[file('a.jpg', jpeg()), type], 422, 'type'],
      [[type], 422, 'file'],
      [[type, ['color', 'red'], file('a.jpg', jpeg())], 422, 'color'],
      [[type, ['picture', { filename: 'a.jpg', content: jpeg() }]], 422, 'picture'],
      [[['type', 'no_such_type'], file('a.jpg', jpeg())], 422, 'type'],
      [[['type', ''], file('a.jpg', jpeg())], 422, 'type'],
      [[type, file('a.jpg', jpeg()), type], 422, 'type'],
    ];
    for (const [parts, status, at] of cases) {
      const answer = await world.post(staff, customerId, parts);
      expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([status, at]);
    }
    const many = Array.from({ length: 7 }, () => file('a.jpg', jpeg()));
    const tooMany = await world.post(staff, customerId, [type, ...many]);
    expect([tooMany.status, tooMany.body.type]).toEqual([413, 'too-many-files']);
    const json = await world.call(staff, 'POST', `/api/customers/${customerId}/documents`, { type: 'other' });
    expect(json.status).toBe(415);
    expect(world.files()).toHaveLength(before);
    expect(await world.events(customerId)).toEqual([]);
  });

  test('unknown and deleted customers are the same 404, decided ones a conflict with the current state', async () => {
    const decided = await world.customer(staff, 'approved');
    const deleted = await newCustomer();
    await world.test.app.db.update(customers).set({ deletedAt: new Date() }).where(eq(customers.id, deleted));
    for (const id of [uuidv7(), deleted]) {
      expect((await world.post(staff, id, [type, file('a.jpg', jpeg())])).status).toBe(404);
    }
    const conflict = await world.post(staff, decided, [type, file('a.jpg', jpeg())]);
    expect([conflict.status, conflict.body.type]).toEqual([409, 'state-conflict']);
    expect(conflict.body).toMatchObject({ current: { status: 'approved' } });
  });

  test('a type that is no longer in use takes nothing, but of whom it was asked before', async () => {
    const [customerId, asked] = [await newCustomer(), await newCustomer()];
    await world.test.app.db.execute(`
      update customers set requested_types = '[{"type":"other","reason":"请补","at":"2026-01-01T00:00:00Z"}]'
      where id = '${asked}'`);
    await world.test.app.db.execute(`update document_types set active = false where code = 'other'`);
    const upload = async (id: string) =>
      (await world.post(staff, id, [['type', 'other'], file('a.jpg', jpeg())])).status;
    expect([await upload(customerId), await upload(asked)]).toEqual([422, 201]);
    await world.test.app.db.execute(`update document_types set active = true where code = 'other'`);
  });

  test('a type that goes out of use while an upload waits for its turn takes nothing', async () => {
    const customerId = await newCustomer();
    const { db } = world.test.app;
    const upload = await whileHeld(customerId, 1, {
      ask: () => world.post(staff, customerId, [['type', 'other'], file('a.jpg', jpeg())]),
      meanwhile: () => db.execute(`update document_types set active = false where code = 'other'`),
    });
    expect(upload.status).toBe(422);
    await db.execute(`update document_types set active = true where code = 'other'`);
  });

  test('during a review uploads are new versions, and the answer says so', async () => {
    const customerId = await world.customer(staff, 'reviewing');
    const answer = await world.post(staff, customerId, [type, file('a.jpg', jpeg())]);
    expect([answer.status, answer.body.duringReview]).toEqual([201, true]);
  });

  test('the same bytes again are stored and recognised, for this customer only', async () => {
    const customerId = await newCustomer();
    const other = await newCustomer();
    const content = jpeg();
    const first = await world.add(staff, customerId, 'a.jpg', content);
    const second = await world.add(colleague, customerId, 'b.jpg', content);
    const elsewhere = await world.add(staff, other, 'a.jpg', content);
    expect([first.duplicateOf, second.duplicateOf, elsewhere.duplicateOf]).toEqual([null, first.id, null]);
    await world.call(staff, 'DELETE', path(first.id));
    expect((await world.call(staff, 'GET', path(second.id))).body.duplicateOf).toBeNull();
  });

  test('the same Idempotency-Key stores once, and refuses another form', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const headers = { 'idempotency-key': `key-${uuidv7()}` };
    const before = world.files().length;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.post(staff, customerId, [type, file('a.jpg', content)], headers)),
    );
    expect(new Set(answers.map((answer) => answer.body.documents?.[0]?.id)).size).toBe(1);
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201, 201]);
    expect(world.files()).toHaveLength(before + 1);
    expect(await world.events(customerId)).toEqual(['document.added']);
    const other = await world.post(staff, customerId, [type, file('a.jpg', jpeg())], headers);
    expect([other.status, other.body.type]).toEqual([422, 'idempotency-key-reused']);
    expect(world.files()).toHaveLength(before + 1);
  });

  test('a connection that breaks leaves nothing', async () => {
    const customerId = await newCustomer();
    const before = world.files().length;
    await new Promise<void>((resolve) => {
      const outgoing = httpRequest(`${world.origin}/api/customers/${customerId}/documents`, {
        method: 'POST',
        headers: { cookie: staff.cookie, 'content-type': 'multipart/form-data; boundary=b' },
      });
      outgoing.on('error', () => resolve());
      outgoing.write(head());
      outgoing.write(sampleJpeg({ padTo: 1_000_000 }));
      setTimeout(() => outgoing.destroy(new Error('gone')), 100);
    });
    await expect.poll(() => world.files()).toHaveLength(before);
    expect(await world.events(customerId)).toEqual([]);
  });

  test('auditors may not upload, and nobody from another site', async () => {
    const customerId = await newCustomer();
    expect((await world.post(auditor, customerId, [type, file('a.jpg', jpeg())])).status).toBe(403);
    const foreign = await world.post(staff, customerId, [type, file('a.jpg', jpeg())], {
      origin: 'https://evil.example',
    });
    expect([foreign.status, foreign.body.type]).toEqual([403, 'foreign-origin']);
    expect(await world.events(customerId)).toEqual([]);
  });
});

describe('looking', () => {
  async function whiteSheet(): Promise<Buffer> {
    const sharp = await library();
    return sharp({ create: { width: 320, height: 240, channels: 3, background: '#fff' } })
      .webp()
      .toBuffer();
  }
  /** Whether anything, as the viewer's name, is on what was white. */
  async function isMarked(picture: Buffer): Promise<boolean> {
    const { channels } = await (await library())(picture).stats();
    return channels.some(({ min }) => min < 235);
  }
  /** A PDF as a worker leaves it. */
  async function readablePdf(customerId: string): Promise<string> {
    const { id } = await world.add(staff, customerId, 'a.pdf', samplePdf({ text: String(unique++) }));
    const { db, storage } = world.test.app;
    const words = [{ text: '6222', x: 0, y: 0, width: 1, height: 1 }];
    await storage.put(derivativeKey(id, 'preview'), PICTURE);
    await storage.put(derivativeKey(id, 'thumbnail'), PICTURE);
    await storage.put(derivativeKey(id, 'text-1'), Buffer.from(JSON.stringify({ words })));
    await db.insert(documentPages).values({ documentId: id, page: 1, state: 'ready', note: 'blank' });
    await db.update(documents).set({ state: 'ready', pages: 1 }).where(eq(documents.id, id));
    return id;
  }

  test('an original is an attachment that no browser runs, and the look is on record', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, '流水 (1).jpg', jpeg());
    const response = await fetch(`${world.origin}${path(document.id, '/file')}`, {
      headers: { cookie: auditor.cookie },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': `attachment; filename="__ (1).jpg"; filename*=UTF-8''%E6%B5%81%E6%B0%B4%20%281%29.jpg`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    await response.arrayBuffer();
    expect((await world.audit(customerId)).at(-1)).toEqual({
      action: 'document.downloaded',
      actorName: auditor.name,
    });
  });

  test('previews are on record each time, small pictures once an hour; these are kept by their tag', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, 'a.jpg', jpeg());
    expect((await world.call(staff, 'GET', path(document.id, '/preview'))).status).toBe(404);
    const { app } = world.test;
    const sheet = await whiteSheet();
    await app.storage.put(derivativeKey(document.id, 'preview'), sheet);
    await app.storage.put(derivativeKey(document.id, 'thumbnail'), sheet);
    await app.db.update(documents).set({ state: 'ready' }).where(eq(documents.id, document.id));
    const get = (rest: string, headers = {}) =>
      fetch(`${world.origin}${path(document.id, rest)}`, { headers: { cookie: auditor.cookie, ...headers } });
    const before = (await world.audit(customerId)).length;
    const thumbnail = await get('/thumbnail');
    expect(await isMarked(Buffer.from(await thumbnail.arrayBuffer()))).toBe(true);
    const tag = thumbnail.headers.get('etag') as string;
    expect((await get('/thumbnail', { 'if-none-match': tag })).status).toBe(304);
    const glimpse = { action: 'document.glimpsed', actorName: auditor.name };
    expect((await world.audit(customerId)).slice(before)).toEqual([glimpse]);
    const colleagues = await fetch(`${world.origin}${path(document.id, '/thumbnail')}`, {
      headers: { cookie: staff.cookie, 'if-none-match': tag },
    });
    // Another name is on it.
    expect(colleagues.status).toBe(200);
    await colleagues.arrayBuffer();
    expect((await world.audit(customerId)).slice(before)).toEqual([
      glimpse,
      { action: 'document.glimpsed', actorName: staff.name },
    ]);
    const preview = await get('/preview');
    expect(await isMarked(Buffer.from(await preview.arrayBuffer()))).toBe(true);
    expect(await isMarked(sheet)).toBe(false);
    expect(preview.headers.get('content-type')).toBe('image/webp');
    expect((await world.audit(customerId)).at(-1)).toMatchObject({ action: 'document.viewed' });
  });

  test('when the look cannot be recorded there is not a byte', async () => {
    const customerId = await newCustomer();
    const document = await readablePdf(customerId);
    const looks = ['/file', '/preview', '/thumbnail', '/pages/1/text'];
    const ask = (rest: string) =>
      fetch(`${world.origin}${path(document, rest)}`, { headers: { cookie: staff.cookie } });
    await world.test.app.db.execute('alter table audit_log rename to audit_log_away');
    const answers = await Promise.all(looks.map(ask)).finally(() =>
      world.test.app.db.execute('alter table audit_log_away rename to audit_log'),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(500);
      expect(await answer.text()).not.toMatch(/%PDF|WEBP|6222/);
    }
    for (const rest of looks) expect([rest, (await ask(rest)).status]).toEqual([rest, 200]);
  });

  test('the words of a page are on record before they are answered', async () => {
    const customerId = await newCustomer();
    const document = await readablePdf(customerId);
    const before = (await world.audit(customerId)).length;
    const { body } = await world.call(auditor, 'GET', path(document, '/pages/1/text'));
    expect(body).toEqual({ words: [{ text: '6222', x: 0, y: 0, width: 1, height: 1 }], note: 'blank' });
    expect((await world.audit(customerId)).slice(before)).toEqual([
      { action: 'document.read', actorName: auditor.name },
    ]);
  });

  test('unknown, deleted and a deleted customer’s documents are the same 404', async () => {
    const customerId = await newCustomer();
    const gone = await world.add(staff, customerId, 'a.jpg', jpeg());
    await world.call(staff, 'DELETE', path(gone.id));
    const orphaned = await world.add(staff, customerId, 'b.jpg', jpeg());
    await world.test.app.db
      .update(customers)
      .set({ deletedAt: new Date() })
      .where(eq(customers.id, customerId));
    for (const id of [uuidv7(), gone.id, orphaned.id]) {
      for (const rest of ['', '/file', '/preview', '/thumbnail']) {
        expect((await world.call(admin, 'GET', path(id, rest))).status).toBe(404);
      }
    }
    expect((await world.call(admin, 'GET', `/api/customers/${customerId}/documents`)).status).toBe(404);
  });
});

describe('changing', () => {
  test('whoever uploaded deletes and takes it back within ten minutes', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, 'a.jpg', jpeg());
    expect((await world.call(staff, 'DELETE', path(document.id))).status).toBe(204);
    expect((await world.call(staff, 'DELETE', path(document.id))).status).toBe(404);
    expect((await world.call(colleague, 'POST', path(document.id, '/restore'))).status).toBe(404);
    const restored = await world.call(staff, 'POST', path(document.id, '/restore'));
    expect(restored.body).toMatchObject({ id: document.id, deletedAt: null, version: 3 });
    expect(await world.events(customerId)).toEqual([
      'document.added',
      'document.deleted',
      'document.restored',
    ]);
    await world.call(staff, 'DELETE', path(document.id));
    await world.test.app.db
      .update(documents)
      .set({ deletedAt: new Date(Date.now() - 11 * 60_000) })
      .where(eq(documents.id, document.id));
    expect((await world.call(staff, 'POST', path(document.id, '/restore'))).status).toBe(404);
  });

  test('others may not delete, administrators may', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, 'a.jpg', jpeg());
    expect((await world.call(colleague, 'DELETE', path(document.id))).status).toBe(403);
    expect((await world.call(auditor, 'DELETE', path(document.id))).status).toBe(403);
    expect((await world.call(admin, 'DELETE', path(document.id))).status).toBe(204);
  });

  test('of two who delete a document at once one does, and the other finds none', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, 'a.jpg', jpeg());
    const answers = await whileHeld(customerId, 2, {
      ask: () => Promise.all([staff, admin].map((one) => world.call(one, 'DELETE', path(document.id)))),
    });
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    expect(await world.events(customerId)).toEqual(['document.added', 'document.deleted']);
  });

  test('what was submitted stays while it is reviewed; what came later may go', async () => {
    const customerId = await newCustomer();
    const submitted = await world.add(staff, customerId, 'a.jpg', jpeg());
    await world.setStatus(customerId, 'reviewing');
    const later = await world.add(staff, customerId, 'b.jpg', jpeg());
    expect((await world.call(staff, 'DELETE', path(submitted.id))).status).toBe(409);
    expect((await world.call(staff, 'DELETE', path(later.id))).status).toBe(204);
    await world.setStatus(customerId, 'approved');
    expect((await world.call(admin, 'DELETE', path(submitted.id))).status).toBe(409);
  });

  test('a document moves to another type until it has been reviewed', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, 'a.jpg', jpeg());
    const move = (person: Person, to: string) => world.call(person, 'PATCH', path(document.id), { type: to });
    expect((await move(colleague, 'other')).status).toBe(403);
    expect((await move(staff, 'no_such_type')).status).toBe(422);
    expect((await move(staff, 'credit_report')).body).toMatchObject({ type: 'credit_report', version: 2 });
    expect(await world.events(customerId)).toEqual(['document.added', 'document.moved']);
    await world.test.app.db
      .update(documents)
      .set({ verdict: 'accepted' })
      .where(eq(documents.id, document.id));
    expect((await move(staff, 'other')).status).toBe(409);
    const extra = await world.call(staff, 'PATCH', path(document.id), { type: 'other', verdict: 'accepted' });
    expect(extra.status).toBe(422);
  });

  test('a failed preview is asked for again', async () => {
    const customerId = await newCustomer();
    const document = await world.add(staff, customerId, 'a.jpg', jpeg());
    await world.test.app.db
      .update(documents)
      .set({ state: 'failed', failure: 'timeout', attemptedAt: new Date() })
      .where(eq(documents.id, document.id));
    const retried = await world.call(colleague, 'POST', path(document.id, '/retry'));
    expect(retried.body).toMatchObject({ state: 'processing', failure: null });
    expect(await world.events(customerId)).toEqual(['document.added', 'document.retried']);
  });
});

const head = () =>
  Buffer.from(
    '--b\r\ncontent-disposition: form-data; name="type"\r\n\r\nother\r\n' +
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n',
  );

/** Sends a form (of this declared length) whose one file never ends, until the answer comes; returns how much the server has read. */
function pour(customerId: string, length: number | null): Promise<{ status: number; read: number }> {
  const taken = new Promise<Socket>((resolve) => world.test.app.server.once('connection', resolve));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${world.origin}/api/customers/${customerId}/documents`, {
      method: 'POST',
      agent: new Agent(),
      headers: {
        cookie: staff.cookie,
        'content-type': 'multipart/form-data; boundary=b',
        ...(length === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }),
      },
    });
    let answered = false;
    outgoing.on('response', (response) => {
      answered = true;
      response.resume();
      response.on('end', async () => {
        const socket = await taken;
        // Until the server closes the connection by itself.
        if (!socket.closed) await once(socket, 'close');

        resolve({ status: response.statusCode as number, read: socket.bytesRead });
      });
    });
    outgoing.on('error', (error) => {
      if (!answered) reject(error);
    });
    outgoing.write(head());
    outgoing.write(sampleJpeg());
    const block = randomBytes(64 * 1024);
    const more = () => {
      while (!outgoing.destroyed) {
        if (!outgoing.write(block)) {
          outgoing.once('drain', more);
          return;
        }
      }
    };
    more();
  });
}
