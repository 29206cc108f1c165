import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepFiles } from '@qijian/core/files/sweep.ts';
import { openUploadLocks } from '@qijian/db/queries/upload-locks.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import { forkProgram } from '@qijian/e2e/fixtures/own-process.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq } from 'drizzle-orm';
import { Upload } from 'tus-js-client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Person } from '../../testing/test-app.ts';
import { openWorld, type World } from './testing/documents-world.ts';
import { startPatch } from './testing/start-patch.ts';

let world: World;
let staff: Person;
let colleague: Person;
let auditor: Person;
beforeAll(async () => {
  world = await openWorld({ MAX_FILE_MB: '4' });
  staff = await world.test.loginAs('staff');
  colleague = await world.test.loginAs('staff');
  auditor = await world.test.loginAs('auditor');
});
afterAll(() => world.close());

let unique = 0;
const jpeg = (padTo = 0) => Buffer.from(sampleJpeg({ comment: `upload ${unique++}`, padTo }));
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const metadata = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(',');

interface Tus {
  status: number;
  headers: Headers;
  body: { type?: string; errors?: { path: string }[] };
}
async function tus(
  person: Person,
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<Tus> {
  const response = await fetch(new URL(url, world.origin), {
    method,
    headers: { cookie: person.cookie, 'tus-resumable': '1.0.0', ...headers },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : {},
  };
}
const create = (person: Person, length: number, fields: Record<string, string>, headers = {}) =>
  tus(person, 'POST', '/api/uploads', {
    'upload-length': String(length),
    'upload-metadata': metadata({ type: 'bank_statement', filename: '流水.jpg', ...fields }),
    ...headers,
  });
const patch = (person: Person, url: string, offset: number, body: Buffer, headers = {}) =>
  tus(
    person,
    'PATCH',
    url,
    { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers },
    body,
  );
const locationOf = (answer: Tus) => answer.headers.get('location') as string;
const newCustomer = () => world.customer(staff);
const stored = (customerId: string) =>
  world.test.app.db
    .select()
    .from(documents)
    .where(eq(documents.customerId, customerId))
    .orderBy(documents.createdAt);

describe('resumable uploads', () => {
  test('in pieces: each offset is answered, the last piece makes the document', async () => {
    const customerId = await newCustomer();
    const content = jpeg(1_000_000);
    const progress = vi.spyOn(world.test.app.live, 'progress');
    const created = await create(staff, content.length, { customerId });
    expect(created.status).toBe(201);
    const url = locationOf(created);
    const first = await patch(staff, url, 0, content.subarray(0, 400_000));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '400000']);
    expect(await world.events(customerId)).toEqual([]);
    const where = await tus(staff, 'HEAD', url);
    expect(where.headers.get('upload-offset')).toBe('400000');
    expect(where.headers.get('cache-control')).toBe('no-store');
    const last = await patch(staff, url, 400_000, content.subarray(400_000));
    expect([last.status, last.headers.get('upload-offset')]).toEqual([204, String(content.length)]);
    const id = last.headers.get('upload-document-id');
    const [row] = await stored(customerId);
    expect(row).toMatchObject({ id, sha256: sha256(content), filename: '流水.jpg', uploadedBy: staff.id });
    expect(await world.events(customerId)).toEqual(['document.added']);
    expect(world.files().filter((name) => name === id)).toHaveLength(1);
    const steps = progress.mock.calls.map(([step]) => step.percent);
    expect(steps.at(-1)).toBe(100);
    expect(steps.slice(0, -1).every((step) => step !== null && step < 100)).toBe(true);
    progress.mockRestore();
  });

  test('the client library of the web app gets a file through', async () => {
    const customerId = await newCustomer();
    const content = jpeg(3_000_000);
    await new Promise<void>((resolve, reject) => {
      new Upload(content as never, {
        endpoint: `${world.origin}/api/uploads`,
        chunkSize: 700_000,
        metadata: { customerId, type: 'other', filename: 'a.jpg', source: 'phone' },
        headers: { cookie: staff.cookie },
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
    const [row] = await stored(customerId);
    expect(row).toMatchObject({ sha256: sha256(content), source: 'phone', type: 'other' });
  });

  test('a name that a program wrote in GBK or in percent signs is stored in its own characters', async () => {
    const customerId = await newCustomer();
    const gbk = Buffer.from('c1f7cbae2e6a7067', 'hex').toString('base64');
    for (const name of [gbk, base64('%E6%B5%81%E6%B0%B4.jpg')]) {
      const content = jpeg();
      const created = await tus(
        staff,
        'POST',
        '/api/uploads',
        {
          'upload-length': String(content.length),
          'upload-metadata': `${metadata({ type: 'bank_statement', customerId })},filename ${name}`,
          'content-type': 'application/offset+octet-stream',
        },
        content,
      );
      expect(created.status).toBe(201);
    }
    expect((await stored(customerId)).map((row) => row.filename)).toEqual(['流水.jpg', '流水.jpg']);
  });

  test('creation with the whole file in one request', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const answer = await tus(
      staff,
      'POST',
      '/api/uploads',
      {
        'upload-length': String(content.length),
        'upload-metadata': metadata({ customerId, type: 'other', filename: 'a.jpg' }),
        'content-type': 'application/offset+octet-stream',
      },
      content,
    );
    expect([answer.status, answer.headers.get('upload-offset')]).toEqual([201, String(content.length)]);
    expect((await stored(customerId))[0]?.id).toBe(answer.headers.get('upload-document-id'));
  });

  test('an answer that was lost is asked for again, and there is one document', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const url = locationOf(await create(staff, content.length, { customerId }));
    const answers = [await patch(staff, url, 0, content)];
    answers.push(await patch(staff, url, content.length, Buffer.alloc(0)));
    answers.push(await tus(staff, 'HEAD', url));
    const id = answers[0]?.headers.get('upload-document-id');
    expect(id).toBeTruthy();
    expect(answers.map((answer) => answer.headers.get('upload-document-id'))).toEqual([id, id, id]);
    expect(answers.map((answer) => answer.headers.get('upload-offset'))).toEqual(
      answers.map(() => String(content.length)),
    );
    expect(await stored(customerId)).toHaveLength(1);
    expect(await world.events(customerId)).toEqual(['document.added']);
  });

  test('an upload that was whole when its server died becomes a document as soon as somebody asks', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const url = locationOf(await create(staff, content.length, { customerId }));
    const id = url.split('/').at(-1) as string;
    const ingesting = vi.spyOn(world.test.app.storage, 'inspect').mockRejectedValueOnce(new Error('killed'));
    expect((await patch(staff, url, 0, content)).status).toBe(500);
    ingesting.mockRestore();
    expect(await stored(customerId)).toHaveLength(0);
    const heads = await Promise.all(Array.from({ length: 5 }, () => tus(staff, 'HEAD', url)));
    expect(heads.map((head) => head.headers.get('upload-document-id'))).toEqual(Array(5).fill(id));
    expect(await world.events(customerId)).toEqual(['document.added']);
  });

  test('an upload that looked whole, but whose last bytes proved false meanwhile, becomes no document', async () => {
    const customerId = await newCustomer();
    const content = jpeg(300_000);
    const url = locationOf(await create(staff, content.length, { customerId }));
    const id = url.split('/').at(-1) as string;
    const ingesting = vi.spyOn(world.test.app.storage, 'inspect').mockRejectedValueOnce(new Error('killed'));
    expect((await patch(staff, url, 0, content)).status).toBe(500);
    ingesting.mockRestore();
    // Another process is still checking the last bytes, and is asked to let go.
    const { promise: asked, resolve } = Promise.withResolvers<string>();
    const locks = openUploadLocks(world.test.config.DATABASE_URL, resolve, () => {});
    expect(await locks.tryLock(id)).toBe(true);
    const head = tus(staff, 'HEAD', url);
    expect(await asked).toBe(id);
    await truncate(join(world.test.config.DATA_DIR, 'files', 'uploads', id), 150_000);
    await locks.unlock(id);
    await locks.close();
    expect((await head).headers.get('upload-offset')).toBe('150000');
    expect(await stored(customerId)).toEqual([]);
    expect((await patch(staff, url, 150_000, content.subarray(150_000))).status).toBe(204);
    expect((await stored(customerId))[0]?.sha256).toBe(sha256(content));
  });

  test('a checksum that does not fit leaves the offset where it was', async () => {
    const customerId = await newCustomer();
    const content = jpeg(300_000);
    const url = locationOf(await create(staff, content.length, { customerId }));
    const half = content.subarray(0, 150_000);
    const sum = (algorithm: string, bytes: Buffer) =>
      `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;
    const bad = await patch(staff, url, 0, half, { 'upload-checksum': sum('sha1', content) });
    expect([bad.status, bad.body.type]).toEqual([460, 'checksum-mismatch']);
    expect((await tus(staff, 'HEAD', url)).headers.get('upload-offset')).toBe('0');
    const good = await patch(staff, url, 0, half, { 'upload-checksum': sum('sha1', half) });
    expect(good.status).toBe(204);
    const rest = content.subarray(150_000);
    expect((await patch(staff, url, 150_000, rest, { 'upload-checksum': 'md5 AAAA' })).status).toBe(400);
    expect((await patch(staff, url, 150_000, rest, { 'upload-checksum': sum('sha256', rest) })).status).toBe(
      204,
    );
    expect((await stored(customerId))[0]?.sha256).toBe(sha256(content));
    const options = await tus(staff, 'OPTIONS', '/api/uploads');
    expect(options.headers.get('tus-checksum-algorithm')).toBe('sha1,sha256');
    expect(options.headers.get('tus-extension')).toBe(
      'creation,creation-with-upload,termination,expiration,checksum',
    );
    expect(options.headers.get('tus-max-size')).toBe(String(4 * 1024 * 1024));
  });

  test('the wrong offset is a conflict and changes nothing', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const url = locationOf(await create(staff, content.length, { customerId }));
    expect((await patch(staff, url, 7, content.subarray(7))).status).toBe(409);
    expect((await tus(staff, 'HEAD', url)).headers.get('upload-offset')).toBe('0');
  });

  test('faults are found at creation', async () => {
    const customerId = await newCustomer();
    const decided = await world.customer(staff, 'rejected');
    const cases: [Record<string, string>, number, number][] = [
      [{ customerId: uuidv7() }, 100, 404],
      [{ customerId: 'nobody' }, 100, 404],
      [{ customerId: '' }, 100, 422],
      [{ customerId, type: 'no_such_type' }, 100, 422],
      [{ customerId, type: '' }, 100, 422],
      [{ customerId, filename: '' }, 100, 422],
      [{ customerId: decided }, 100, 409],
      [{ customerId }, 0, 422],
      [{ customerId }, 4 * 1024 * 1024 + 1, 413],
    ];
    for (const [fields, length, status] of cases) {
      const answer = await create(staff, length, fields);
      expect([fields, answer.status]).toEqual([fields, status]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
    }
    expect((await create(auditor, 100, { customerId })).status).toBe(403);
    expect((await create(staff, 100, { customerId }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await create(staff, 100, { customerId }, { 'tus-resumable': '0.2.2' })).status).toBeGreaterThan(
      399,
    );
  });

  test('an upload belongs to whoever began it', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const url = locationOf(await create(staff, content.length, { customerId }));
    expect((await tus(colleague, 'HEAD', url)).status).toBe(404);
    expect((await patch(colleague, url, 0, content)).status).toBe(404);
    expect((await tus(colleague, 'DELETE', url)).status).toBe(404);
    for (const path of ['%2e%2e%2fsecret', 'x.json', `${url.split('/').at(-1)}.json`]) {
      expect((await tus(staff, 'HEAD', `/api/uploads/${path}`)).status).toBe(404);
    }
    expect((await patch(staff, url, 0, content)).status).toBe(204);
  });

  test('what turns out to be no accepted file is refused and nothing of it stays', async () => {
    const customerId = await newCustomer();
    const before = world.files().length;
    const html = Buffer.from('<html><script>alert(1)</script></html>');
    const url = locationOf(await create(staff, html.length, { customerId }));
    const answer = await patch(staff, url, 0, html);
    expect([answer.status, answer.body.type]).toEqual([415, 'unsupported-file']);
    expect(world.files()).toHaveLength(before);
    expect((await tus(staff, 'HEAD', url)).status).toBe(404);
    expect(await stored(customerId)).toHaveLength(0);
  });

  test('a customer who is deleted meanwhile gets no document', async () => {
    const customerId = await newCustomer();
    const content = jpeg();
    const before = world.files().length;
    const url = locationOf(await create(staff, content.length, { customerId }));
    await world.test.app.db
      .update(customers)
      .set({ deletedAt: new Date() })
      .where(eq(customers.id, customerId));
    expect((await patch(staff, url, 0, content)).status).toBe(404);
    expect(world.files()).toHaveLength(before);
  });

  test('an upload that is given up is gone, and colleagues are told', async () => {
    const customerId = await newCustomer();
    const content = jpeg(200_000);
    const before = world.files().length;
    const progress = vi.spyOn(world.test.app.live, 'progress');
    const url = locationOf(await create(staff, content.length, { customerId }));
    await patch(staff, url, 0, content.subarray(0, 100_000));
    expect((await tus(staff, 'DELETE', url)).status).toBe(204);
    expect(progress.mock.calls.at(-1)?.[0]).toMatchObject({
      customerId,
      percent: null,
      filename: '流水.jpg',
    });
    progress.mockRestore();
    expect((await tus(staff, 'HEAD', url)).status).toBe(404);
    expect(world.files()).toHaveLength(before);
    const whole = locationOf(await create(staff, content.length, { customerId }));
    await patch(staff, whole, 0, content);
    expect((await tus(staff, 'DELETE', whole)).status).toBe(400);
    expect(await stored(customerId)).toHaveLength(1);
  });
});

describe('when servers die', () => {
  const servers: ChildProcess[] = [];
  afterAll(() => {
    for (const server of servers) server.kill('SIGKILL');
  });

  /** A server process of its own on the same database and folder. */
  async function startServer(): Promise<{ origin: string; process: ChildProcess }> {
    const { config } = world.test;
    const child = forkProgram(new URL('./testing/server-process.ts', import.meta.url), {
      DATABASE_URL: config.DATABASE_URL,
      REDIS_URL: config.REDIS_URL,
      DATA_DIR: config.DATA_DIR,
      MAX_FILE_MB: '4',
      LOG_LEVEL: 'fatal',
    });
    servers.push(child);
    const [origin] = (await once(child, 'message')) as [string];
    return { origin, process: child };
  }

  test('an upload that is cut off by kill -9 goes on at another server, byte for byte', {
    timeout: 120_000,
  }, async () => {
    const [first, second] = await Promise.all([startServer(), startServer()]);
    const customerId = await newCustomer();
    const content = jpeg(3_500_000);
    const url = locationOf(await create(staff, content.length, { customerId }));
    startPatch(staff.cookie, new URL(url, first.origin), content.length, content.subarray(0, 2_000_000));
    await vi.waitFor(() => expect(uploadedBytes(url)).toBeGreaterThan(1_000_000), { timeout: 40_000 });
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const head = await tus(staff, 'HEAD', new URL(url, second.origin).href);
    const offset = Number(head.headers.get('upload-offset'));
    expect(offset).toBeGreaterThan(1_000_000);
    const rest = await patch(staff, new URL(url, second.origin).href, offset, content.subarray(offset));
    expect(rest.status).toBe(204);
    expect((await stored(customerId))[0]).toMatchObject({ sha256: sha256(content), size: content.length });
  });

  test('kill -9 in the middle of many uploads: every 201 is there with its bytes, and nothing is half there', {
    timeout: 120_000,
  }, async () => {
    const server = await startServer();
    const customerId = await newCustomer();
    const answered: { id: string; sha256: string }[] = [];
    const sender = async () => {
      for (;;) {
        const form = new FormData();
        form.append('type', 'other');
        form.append('file', new Blob([new Uint8Array(jpeg(600_000))]), 'a.jpg');
        const response = await fetch(`${server.origin}/api/customers/${customerId}/documents`, {
          method: 'POST',
          headers: { cookie: staff.cookie },
          body: form,
        });
        answered.push(...((await response.json()) as { documents: typeof answered }).documents);
      }
    };
    const senders = Array.from({ length: 8 }, () => sender().catch(() => 'cut off'));
    await vi.waitFor(() => expect(answered.length).toBeGreaterThan(20), { timeout: 40_000 });
    server.process.kill('SIGKILL');
    await Promise.all(senders);
    const { storage, db } = world.test.app;
    const rows = await stored(customerId);
    for (const { id } of answered) expect(rows.map((row) => row.id)).toContain(id);
    for (const row of rows) {
      const { sha256, size } = await storage.inspect(row.id, storage.path(row.storageKey));
      expect({ sha256, size }).toEqual({ sha256: row.sha256, size: row.size });
    }
    expect(await world.events(customerId)).toHaveLength(rows.length);
    await sweepFiles(db, storage, -1);
    expect(await readdir(join(world.test.config.DATA_DIR, 'files', 'quarantine'))).toEqual([]);
  });

  test('a stalled connection to one server does not keep another from going on', {
    timeout: 120_000,
  }, async () => {
    const [first, second] = await Promise.all([startServer(), startServer()]);
    const customerId = await newCustomer();
    const content = jpeg(1_000_000);
    const url = locationOf(await create(staff, content.length, { customerId }));
    const stalled = startPatch(
      staff.cookie,
      new URL(url, first.origin),
      content.length,
      content.subarray(0, 500_000),
    );
    await vi.waitFor(() => expect(uploadedBytes(url)).toBeGreaterThan(100_000), { timeout: 40_000 });
    // As clients do: asked again while the upload is still held.
    const head = await vi.waitUntil(
      async () => {
        const answer = await tus(staff, 'HEAD', new URL(url, second.origin).href);
        return answer.status === 200 && answer;
      },
      { timeout: 60_000 },
    );
    const offset = Number(head.headers.get('upload-offset'));
    expect(offset).toBeGreaterThan(100_000);
    const rest = await patch(staff, new URL(url, second.origin).href, offset, content.subarray(offset));
    expect(rest.status).toBe(204);
    expect((await stored(customerId))[0]?.sha256).toBe(sha256(content));
    stalled.destroy();
  });
});

function uploadedBytes(url: string): number {
  return world.size(`uploads/${url.split('/').at(-1)}`);
}
