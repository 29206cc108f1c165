import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteUserSessions } from '@qijian/db/queries/sessions.ts';
import { insertUser } from '@qijian/db/queries/users.ts';
import { problemsOf } from '@qijian/domain/contract/endpoint.ts';
import type { ProblemCode } from '@qijian/domain/contract/problems.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { createTestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { buildApp } from '../app.ts';
import { type Config, loadConfig } from '../config.ts';
import { hashPassword } from '../features/auth/auth.service.ts';
import { seedCatalog } from '../seed/catalog.ts';

export const TEST_PASSWORD = 'a-password-for-tests';

/** Somebody signed in: `inject` sends their cookie. */
export interface Person {
  id: string;
  name: string;
  username: string;
  role: Role;
  cookie: string;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
}

export interface TestApp {
  app: FastifyInstance;
  config: Config;
  databaseUrl: string;
  /** Creates a user of this role and signs in. */
  loginAs(role: Role, name?: string): Promise<Person>;
  close(): Promise<void>;
}

/** The whole server on a database and a folder of its own, with the preset document types and loan products. */
export async function createTestApp(env: Record<string, string> = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'qijian-app-'));
  const redisUrl = process.env.TEST_REDIS_URL;
  if (!redisUrl) throw new Error('Integration tests run with "npm run test:int".');
  const config = loadConfig({
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    ...env,
  });
  const undeclared = new Set<string>();
  const app = await watched(undeclared, () => buildApp(config));
  await app.ready();
  await seedCatalog(app.db);
  const passwordHash = await hashPassword(TEST_PASSWORD);
  let people = 0;

  return {
    app,
    config,
    databaseUrl: database.url,
    async loginAs(role, name) {
      people += 1;
      const username = `${role}-${people}`;
      const displayName = name ?? `${role} ${people}`;
      const user = await insertUser(app.db, { id: uuidv7(), username, displayName, role, passwordHash });
      if (!user) throw new Error('the user name is taken');
      const answer = await app.inject({
        method: 'POST',
        url: '/api/auth/login',
        payload: { username, password: TEST_PASSWORD },
      });
      if (answer.statusCode !== 200) throw new Error(`login: ${answer.body}`);
      const cookie = String(answer.headers['set-cookie']).split(';')[0] as string;
      return {
        id: user.id,
        name: displayName,
        username,
        role,
        cookie,
        inject: (options) => app.inject({ ...options, headers: { cookie, ...options.headers } }),
      };
    },
    async close() {
      await app.close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
      if (undeclared.size > 0)
        throw new Error(`The contract does not say that ${[...undeclared].join(', ')}`);
    },
  };
}

/** Builds an app that notes every problem which an endpoint answers without saying that it may. */
async function watched(
  undeclared: Set<string>,
  build: () => Promise<FastifyInstance>,
): Promise<FastifyInstance> {
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onSend', async (request, reply, payload) => {
      const { endpoint } = request.routeOptions.config;
      if (!endpoint || !String(reply.getHeader('content-type')).startsWith('application/problem+json'))
        return;
      const { type } = JSON.parse(String(payload)) as { type: ProblemCode };
      if (!problemsOf(endpoint).includes(type))
        undeclared.add(`${endpoint.method} ${endpoint.path} may answer ${type}`);
    });
  };
  subscribe('fastify.initialization', watch);
  try {
    return await build();
  } finally {
    unsubscribe('fastify.initialization', watch);
  }
}

/** Ends all sessions of a person, as a deactivation does. */
export const endSessions = (test: TestApp, person: Person) => deleteUserSessions(test.app.db, person.id);
