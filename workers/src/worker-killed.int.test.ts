import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { connect } from '@qijian/db/client.ts';
import { forkProgram } from '@qijian/e2e/fixtures/own-process.ts';
import { samplePng } from '@qijian/e2e/fixtures/sample-files.ts';
import { removeDataDir } from '@qijian/e2e/fixtures/services.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const DOCUMENTS = 12;

let database: TestDatabase;
let redis: TestRedis;
let connection: ReturnType<typeof connect>;
const dataDir = mkdtempSync(join(tmpdir(), 'qijian-worker-killed-'));
const workers: ChildProcess[] = [];
beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  connection = connect(database.url, { max: 3 });
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await connection.close();
  await database.drop();
  await redis.drop();
  removeDataDir(dataDir);
});

function startWorker(): ChildProcess {
  const worker = forkProgram(new URL('./main.ts', import.meta.url), {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'fatal',
  });
  workers.push(worker);
  return worker;
}

test('a worker killed -9 in the middle of its jobs: every preview is made, once', {
  timeout: 300_000,
}, async () => {
  const { sql } = connection;
  const userId = uuidv7();
  const customerId = uuidv7();
  await sql`insert into users (id, username, display_name, role, password_hash)
    values (${userId}, 'staff', 'Staff', 'staff', 'none')`;
  await sql`insert into customers (id, name, phone, search_terms, completeness, created_by)
    values (${customerId}, '李华', '13900001111', '{}',
      '{"required":5,"satisfied":0,"percent":0,"items":[],"missing":[]}', ${userId})`;
  const files = openLocalFiles(join(dataDir, 'files'));
  for (let n = 0; n < DOCUMENTS; n++) {
    const id = uuidv7();
    const content = Buffer.from(samplePng({ width: 2400, height: 1800, text: String(n) }));
    await files.receive(id, Readable.from([content]), { limit: content.length });
    const sha256 = createHash('sha256').update(content).digest('hex');
    // Old enough for the reconciler: nobody has asked for these.
    await sql`insert into documents
      (id, customer_id, type, filename, mime, size, sha256, storage_key, uploaded_by, uploader_name, source, created_at)
      values (${id}, ${customerId}, 'other', 'a.png', 'image/png', ${content.length}, ${sha256},
        ${await files.keep(id)}, ${userId}, 'Staff', 'desk', now() - interval '1 minute')`;
  }
  const ready = async () =>
    Number((await sql`select count(*) from documents where state = 'ready'`)[0]?.count);

  const first = startWorker();
  await vi.waitFor(async () => expect(await ready()).toBeGreaterThan(2), { timeout: 100_000, interval: 10 });
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await ready()).toBeLessThan(DOCUMENTS);
  startWorker();
  await vi.waitFor(async () => expect(await ready()).toBe(DOCUMENTS), { timeout: 180_000, interval: 200 });
  const events = await sql`
    select entity_id, count(*) from (
      select entity_id from stream_event where type = 'document.ready' and stream like 'customer:%'
      union all select entity_id from outbox where type = 'document.ready' and stream like 'customer:%'
    ) one group by entity_id`;
  expect(events).toHaveLength(DOCUMENTS);
  expect(events.every((event) => event.count === '1')).toBe(true);
});
