import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { TEMPLATE_DATABASE } from './services.ts';

export type TestDatabase = { url: string; drop(): Promise<void> };

/** A migrated, empty database of its own for one test file: clone it in `beforeAll`, drop it in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = process.env.TEST_DATABASE_URL;
  if (!admin) throw new Error('Integration tests run with "npm run test:int" (files named *.int.test.ts).');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runOnce(admin, `create database ${name} template ${TEMPLATE_DATABASE}`);
  const url = new URL(admin);
  url.pathname = name;
  return { url: url.href, drop: () => runOnce(admin, `drop database if exists ${name} with (force)`) };
}

async function runOnce(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}
