import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@qijian/db/embedded/postgres.ts';
import { freePort } from '@qijian/db/embedded/processes.ts';
import { startRedis } from '@qijian/db/embedded/redis.ts';
import { migrate } from '@qijian/db/migrate.ts';
import { answers, run, start, stop } from './processes.ts';

const ADMIN = { username: 'bench', password: 'bench-password-1' };

/** Postgres and Redis for one run, with the product's schema and one administrator. */
export async function openServices() {
  const dataDir = mkdtempSync(join(tmpdir(), 'qijian-bench-'));
  const postgres = await startPostgres({ dataDir });
  const redis = await startRedis({ dataDir });
  await migrate(postgres.url);
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    LOGIN_RATE_LIMIT: '1000',
  };
  await run('../../server/src/seed/main.ts', env);
  await run('../../server/src/admin-create.ts', {
    ...env,
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    ADMIN_DISPLAY_NAME: 'Bench',
  });
  return {
    env,
    dataDir,
    databaseUrl: postgres.url,
    async close() {
      await redis.stop();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
export type Services = Awaited<ReturnType<typeof openServices>>;

/** One server process of the product, signed in to as an administrator. */
export async function openServer(services: Services) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = start(
    '../../server/src/main.ts',
    { ...services.env, PORT: String(port), PUBLIC_URL: origin },
    { node: ['--max-semi-space-size=2'] },
  );
  await answers(`${origin}/readyz`);
  const login = await fetch(`${origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  if (!login.ok) throw new Error(`login: ${login.status} ${await login.text()}`);
  const cookie = (login.headers.getSetCookie()[0] as string).split(';')[0] as string;

  return {
    origin,
    cookie,
    pid: child.pid as number,
    close: () => stop(child),
    async createCustomer(n: number): Promise<string> {
      const response = await fetch(`${origin}/api/customers`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify({
          name: `测试${n}`,
          phone: `138${String(n).padStart(8, '0')}`,
          product: 'credit',
        }),
      });
      if (response.status !== 201) throw new Error(`create: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    },
  };
}
export type ProductServer = Awaited<ReturnType<typeof openServer>>;

/** One worker process of the product. */
export function openWorker(services: Services): ChildProcess {
  return start('../../workers/src/main.ts', services.env, { node: ['--max-semi-space-size=2'] });
}

/** The raw server on the same Postgres and disk; `event` is broadcast after each upload. */
export async function openRaw(services: Services, event: unknown = {}) {
  const port = await freePort();
  const files = mkdtempSync(join(services.dataDir, 'raw-'));
  const child = start('./raw/server.ts', {
    DATABASE_URL: services.databaseUrl,
    FILES: files,
    PORT: String(port),
    EVENT: JSON.stringify(event),
  });
  const { message } = await import('./processes.ts');
  await message(child, (body) => body === 'ready');
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid as number, close: () => stop(child) };
}
