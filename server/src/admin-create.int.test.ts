import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from './testing/test-app.ts';

let world: TestApp;
beforeAll(async () => {
  world = await createTestApp();
  expect((await world.loginAs('admin')).username).toBe('admin-1');
});
afterAll(() => world.close());

/** Runs the command with these lines piped in; answers how it ended and what it said. */
function create(
  lines: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./admin-create.ts', import.meta.url))], {
    env: { PATH: process.env.PATH, DATABASE_URL: world.databaseUrl, ...env },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}
const login = (username: string, password: string) =>
  world.app.inject({ method: 'POST', url: '/api/auth/login', payload: { username, password } });

test('the first administrator is made from answers that are piped in', async () => {
  const { code, said } = await create(['boss', 'boss-password-1', '老板']);
  expect(said).toMatch(/✓ boss can sign in as an administrator/);
  expect(code).toBe(0);
  const answer = await login('boss', 'boss-password-1');
  expect(answer.json().user).toMatchObject({ role: 'admin', displayName: '老板' });
});

test('what the environment says is not asked for', async () => {
  const env = { ADMIN_USERNAME: 'chief', ADMIN_PASSWORD: 'chief-password-1', ADMIN_DISPLAY_NAME: '' };
  expect(await create([], env)).toMatchObject({ code: 0 });
  expect((await login('chief', 'chief-password-1')).json().user.displayName).toBe('chief');
});

test.each([
  ['a name that is taken', ['admin-1', 'a long password', 'x'], /already/],
  ['a password that is too short', ['short', 'abc', 'x'], /10 to 200 characters/],
  ['a password that everybody knows', ['known', 'password123', 'x'], /easily guessed/],
  ['no answer', ['silent'], /Nothing was answered/],
])('with %s nobody is made, and the command fails with a sentence', async (_what, lines, sentence) => {
  const { code, said } = await create(lines);
  expect(said).toMatch(sentence);
  expect(code).toBe(1);
});
