import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@qijian/db/migrate.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { startPostgres } from '@qijian/ops/start/embedded/postgres.ts';
import { type EmbeddedService, freePort } from '@qijian/ops/start/embedded/processes.ts';
import { startRedis } from '@qijian/ops/start/embedded/redis.ts';
import { SMALL_MEMORY } from '@qijian/ops/start/embedded/small-memory.ts';
import { TOOLS_DIR } from '../fixtures/services.ts';
import { answers, run, start, stop } from './processes.ts';

const ADMIN = { username: 'operator', password: 'operator-password-1' };

/**
 * The parts of an installation, each started and stopped by hand: Postgres and Redis with the product's schema and one
 * administrator, and any number of servers and workers on them, which log to `processes.log` in the data folder.
 */
export async function openInstallation(settings: Record<string, string> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'qijian-installation-'));
  const services: { postgres: EmbeddedService; redis: EmbeddedService } = {
    postgres: await startPostgres({ dataDir }),
    redis: await startRedis({ dataDir, toolsDir: TOOLS_DIR }),
  };
  const env = {
    DATABASE_URL: services.postgres.url,
    REDIS_URL: services.redis.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    // One session stands for hundreds of people here.
    SESSION_MAX_SOCKETS_PER_MINUTE: '1000000',
    ...settings,
  };
  await migrate(env.DATABASE_URL);
  await run('../../server/src/seed/main.ts', env);
  await run('../../server/src/admin-create.ts', {
    ...env,
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    ADMIN_DISPLAY_NAME: 'Operator',
  });
  const children = new Set<ChildProcess>();
  const lean = { node: [...SMALL_MEMORY.args], log: join(dataDir, 'processes.log') };

  return {
    dataDir,
    env,
    databaseUrl: env.DATABASE_URL,
    stopPostgres: () => services.postgres.stop(),
    async startPostgres() {
      services.postgres = await startPostgres({ dataDir });
    },
    stopRedis: () => services.redis.stop(),
    async startRedis() {
      services.redis = await startRedis({ dataDir, toolsDir: TOOLS_DIR });
    },
    /** One worker process. */
    openWorker(): ChildProcess {
      const child = start('../../workers/src/main.ts', { ...env, ...SMALL_MEMORY.env }, lean);
      children.add(child);
      return child;
    },
    /** One server process, signed in to as the administrator. */
    async openServer() {
      const port = await freePort();
      const origin = `http://127.0.0.1:${port}`;
      const child = start(
        '../../server/src/main.ts',
        { ...env, ...SMALL_MEMORY.env, PORT: String(port), PUBLIC_URL: origin },
        lean,
      );
      children.add(child);
      await answers(`${origin}/readyz`);
      return new Server(origin, child, await login(origin));
    },
    async close() {
      await Promise.all([...children].map(stop));
      await services.redis.stop();
      await services.postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
export type Installation = Awaited<ReturnType<typeof openInstallation>>;

async function login(origin: string, who: { username: string; password: string } = ADMIN): Promise<string> {
  const response = await fetch(`${origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(who),
  });
  if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`);
  return (response.headers.getSetCookie()[0] as string).split(';')[0] as string;
}

/** A running server as a signed-in administrator uses it. */
export class Server {
  readonly origin: string;
  readonly cookie: string;
  readonly #child: ChildProcess;

  constructor(origin: string, child: ChildProcess, cookie: string) {
    this.origin = origin;
    this.#child = child;
    this.cookie = cookie;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  close(): Promise<void> {
    return stop(this.#child);
  }

  /** The JSON of a GET; throws on any status but 200. */
  async get(path: string) {
    const response = await fetch(`${this.origin}${path}`, { headers: { cookie: this.cookie } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    // biome-ignore lint/suspicious/noExplicitAny: the caller knows the shape
    return (await response.json()) as any;
  }

  /** Makes an account and signs in with it; answers the cookie. */
  async addPerson(username: string, role: Role): Promise<string> {
    const who = { username, password: `${username}-password` };
    const response = await fetch(`${this.origin}/api/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.cookie },
      body: JSON.stringify({ ...who, displayName: username, role }),
    });
    if (response.status !== 201) throw new Error(`add ${role}: ${response.status} ${await response.text()}`);
    return login(this.origin, who);
  }

  async createCustomer(name: string, phone: string): Promise<Customer> {
    const response = await fetch(`${this.origin}/api/customers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.cookie },
      body: JSON.stringify({ name, phone, product: 'credit' }),
    });
    if (response.status !== 201) throw new Error(`create: ${response.status} ${await response.text()}`);
    return (await response.json()) as Customer;
  }

  /** One file through the multipart door. */
  upload(
    customerId: string,
    type: string,
    filename: string,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const form = new FormData();
    form.set('type', type);
    form.set('file', new Blob([content]), filename);
    return fetch(`${this.origin}/api/customers/${customerId}/documents`, {
      method: 'POST',
      headers: { cookie: this.cookie },
      body: form,
    });
  }
}
