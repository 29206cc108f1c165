import type { ChildProcess } from 'node:child_process';
import { forkProgram } from '@qijian/e2e/fixtures/own-process.ts';
import { sampleJpeg, samplePdf } from '@qijian/e2e/fixtures/sample-files.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from './testing/documents-world.ts';

let redis: TestRedis;
let world: World;
let worker: ChildProcess | null = null;
beforeAll(async () => {
  redis = await createTestRedis();
  world = await openWorld({ REDIS_URL: redis.url });
});
afterAll(async () => {
  worker?.kill('SIGKILL');
  await world.close();
  await redis.drop();
});

test('eight PDFs that one person sent keep nobody waiting who sends a file after them', {
  timeout: 120_000,
}, async () => {
  const { app, config, databaseUrl } = world.test;
  const [busy, colleague] = [await world.test.loginAs('staff'), await world.test.loginAs('staff')];
  const [flooded, other] = [await world.customer(busy), await world.customer(colleague)];
  for (let n = 1; n <= 8; n++)
    await world.add(busy, flooded, `flood ${n}.pdf`, samplePdf({ text: `Flood ${n}` }));
  await world.add(colleague, other, 'one.pdf', samplePdf({ text: 'One' }));
  await world.add(colleague, other, 'photograph.jpg', sampleJpeg({ width: 800, height: 600 }));
  await expect
    .poll(async () => Object.values((await app.jobs.waiting()) ?? {}).reduce((sum, count) => sum + count, 0))
    .toBe(10);

  worker = forkProgram(new URL('../../../../workers/src/main.ts', import.meta.url), {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    DATA_DIR: config.DATA_DIR,
    LOG_LEVEL: 'fatal',
  });
  const made = async () => {
    const rows = await app.db.execute<{ filename: string }>(sql`
      select filename from audit_log join documents on documents.id::text = entity_id::text
      where action = 'document.ready' order by audit_log.id`);
    return rows.map((row) => row.filename);
  };
  await expect.poll(async () => (await made()).length, { timeout: 100_000, interval: 200 }).toBe(10);
  const order = await made();
  // At most what was at work already goes before them.
  expect(order.indexOf('photograph.jpg')).toBeLessThan(3);
  expect(order.indexOf('one.pdf')).toBeLessThan(4);
});
