import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../testing/test-app.ts';

/** Stands where the built web app does: says what it was given, and asks the API in the same process. */
const HANDLER = `
export async function handler(request, response, next) {
  if (request.url === '/nothing') return next();
  let body = '';
  for await (const piece of request) body += piece;
  const me = await request.inject({ method: 'GET', url: '/api/auth/me', headers: { cookie: request.headers.cookie ?? '' } });
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method: request.method, proto: request.headers['x-forwarded-proto'], body, me: me.statusCode }));
}`;
const folder = mkdtempSync(join(tmpdir(), 'qijian-web-'));
let built: TestApp;
let bare: TestApp;
let origin: string;
beforeAll(async () => {
  writeFileSync(join(folder, 'handler.mjs'), HANDLER);
  built = await createTestApp({ WEB_HANDLER: join(folder, 'handler.mjs') });
  bare = await createTestApp({ WEB_HANDLER: join(folder, 'missing.mjs') });
  origin = await built.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await built.close();
  await bare.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a page is rendered with its body unread and the API at hand', async () => {
  const staff = await built.loginAs('staff');
  const answer = await fetch(`${origin}/customers`, {
    method: 'POST',
    headers: { cookie: staff.cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'name=1',
  });
  expect(await answer.json()).toEqual({ method: 'POST', proto: 'http', body: 'name=1', me: 200 });
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('x-frame-options')).toBe('DENY');
  // The web app sends its own, with nonces.
  expect(answer.headers.get('content-security-policy')).toBeNull();
});

test('what the web app does not know is 404', async () => {
  expect((await fetch(`${origin}/nothing`)).status).toBe(404);
});

test('a form from another site does not reach the web app', async () => {
  const answer = await fetch(`${origin}/customers`, {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
    body: 'x',
  });
  expect(answer.status).toBe(403);
});

test('addresses under /api never become pages', async () => {
  const answer = await built.app.inject({ url: '/api/nothing' });
  expect(answer.statusCode).toBe(404);
  expect(answer.json().type).toBe('not-found');
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
});

test('an address that takes other methods says which', async () => {
  const asked = async (method: string, url: string) => {
    const answer = await built.app.inject({ method: method as 'GET', url });
    return [answer.statusCode, answer.json().type, answer.headers.allow];
  };
  const other = (allow: string) => [405, 'method-not-allowed', allow];
  expect(await asked('PUT', '/api/customers?x=1')).toEqual(other('GET, HEAD, POST'));
  expect(await asked('DELETE', '/api/auth/login')).toEqual(other('POST'));
  const [, , one] = await asked('POST', '/api/customers/01900000-0000-7000-8000-000000000001');
  expect(String(one).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH']);
  expect(await asked('PROPFIND', '/api/customers')).toEqual(other('GET, HEAD, POST'));
  expect(await asked('PUT', '/api/nothing')).toEqual([404, 'not-found', undefined]);
});

test('what cannot be an address, and methods of nobody, are answered as problems too', async () => {
  const broken = await built.app.inject({ url: '/api/customers/%zz' });
  expect(broken.json()).toMatchObject({ type: 'malformed-request', status: 400 });
  const method = await built.app.inject({ method: 'PROPFIND' as 'GET', url: '/api/nothing' });
  expect(method.json()).toMatchObject({ type: 'not-found', status: 404 });
});

test('a server without a built web app says how to build it, and its API works', async () => {
  const answer = await bare.app.inject({ url: '/' });
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toMatch(/npm run build/);
  expect((await bare.app.inject({ url: '/healthz' })).statusCode).toBe(200);
});

test('the description of the API names every route and can be looked at in a browser', async () => {
  const staff = await built.loginAs('staff');
  const description = (await staff.inject({ url: '/api/openapi.json' })).json();
  expect(description.openapi).toMatch(/^3\./);
  expect(description.paths['/api/customers/{id}'].patch.requestBody).toBeDefined();
  expect(Object.keys(description.paths)).toContain('/api/auth/login');
  const viewer = await staff.inject({ url: '/api/docs' });
  expect(viewer.statusCode).toBe(200);
  expect(viewer.headers['content-security-policy']).toContain("default-src 'self'");
});
