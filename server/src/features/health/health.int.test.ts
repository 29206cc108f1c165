import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import { WrongFiles } from '@qijian/core/files/pairing.ts';
import { createTestRedis, type TestRedis } from '@qijian/e2e/fixtures/test-redis.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../app.ts';
import { filesFolder } from '../../storage/storage.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let redis: TestRedis;
beforeAll(async () => {
  redis = await createTestRedis();
  world = await createTestApp({ REDIS_URL: redis.url });
});
afterAll(async () => {
  await world.close();
  await redis.drop();
});

const ready = () => world.app.inject({ url: '/readyz' });
const ALL = { postgres: 'ok', migrations: 'ok', redis: 'ok', storage: 'ok' };

test('a server with all its parts is ready', async () => {
  await expect.poll(async () => (await ready()).statusCode).toBe(200);
  expect((await ready()).json()).toEqual({ status: 'ready', ...ALL });
  expect((await world.app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' });
});

test('a Redis that is away is named, and the work goes on meanwhile', async () => {
  const staff = await world.loginAs('staff');
  await redis.stop();
  await expect.poll(async () => (await ready()).json().redis).toBe('not available');
  const answer = await ready();
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ ...ALL, status: 'not ready', redis: 'not available' });
  const created = await staff.inject({
    method: 'POST',
    url: '/api/customers',
    payload: { name: '韩雪峰', phone: '13800000127', product: 'car' },
  });
  expect(created.statusCode).toBe(201);
  const patched = await staff.inject({
    method: 'PATCH',
    url: `/api/customers/${created.json().id}`,
    payload: { version: 1, product: 'credit' },
  });
  expect(patched.statusCode).toBe(200);
  expect((await (await world.loginAs('admin')).inject({ url: '/metrics' })).statusCode).toBe(200);
  await redis.start();
  await expect.poll(async () => (await ready()).statusCode).toBe(200);
});

test('a schema that is older than the program is named', async () => {
  await world.app.db.execute(sql`
    create table kept as select * from drizzle.__drizzle_migrations;`);
  await world.app.db.execute(sql`
    delete from drizzle.__drizzle_migrations
    where created_at = (select max(created_at) from drizzle.__drizzle_migrations)`);
  expect((await ready()).json()).toMatchObject({ ...ALL, migrations: 'not available' });
  await world.app.db.execute(sql`delete from drizzle.__drizzle_migrations`);
  await world.app.db.execute(sql`insert into drizzle.__drizzle_migrations select * from kept`);
  expect((await ready()).statusCode).toBe(200);
});

test('a folder for files that cannot be used is named', async () => {
  const folder = filesFolder(world.config);
  await rm(folder, { recursive: true, force: true });
  await writeFile(folder, 'in the way');
  await chmod(folder, 0o400);
  expect((await ready()).json()).toMatchObject({ ...ALL, storage: 'not available' });
  await rm(folder);
  expect((await ready()).statusCode).toBe(200);
});

test('the figures name routes, queues, connections and sockets, and nobody', async () => {
  const staff = await world.loginAs('staff');
  await staff.inject({ url: '/api/customers/0199a000-0000-7000-8000-000000000000' });
  const { body, headers } = await (await world.loginAs('admin')).inject({ url: '/metrics' });
  expect(headers['content-type']).toMatch(/^text\/plain/);
  expect(body).toMatch(
    /http_request_duration_seconds_count\{method="GET",route="\/api\/customers\/:id",status="404"\} 1/,
  );
  expect(body).toMatch(/nodejs_eventloop_lag_seconds/);
  expect(body).toMatch(/jobs_waiting\{queue="documents"\}/);
  expect(body).toMatch(/database_connections\{application="qijian-server",state="\w+"\} [1-9]/);
  expect(body).toMatch(/^live_connections 0$/m);
  expect(body).toMatch(/^live_events_pumped_total \d+$/m);
  expect(body).toMatch(/^outbox_events \d+$/m);
  expect(body).toMatch(/^completeness_drift_customers 0$/m);
  expect(body).not.toContain('0199a000');
});

test('a server that is given the files of another installation does not start', async () => {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'qijian-other-files-'));
  await openLocalFiles(join(DATA_DIR, 'files')).writeMark('0190f5a0-0000-7000-8000-000000000000');
  await expect(buildApp({ ...world.config, DATA_DIR })).rejects.toBeInstanceOf(WrongFiles);
  await rm(DATA_DIR, { recursive: true });
});
