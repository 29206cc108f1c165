import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Endpoint } from '@qijian/domain/contract/endpoint.ts';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCustomer, openPhone } from '../features/portal/testing/phones.ts';
import { createTestApp, type Person, TEST_PASSWORD, type TestApp } from '../testing/test-app.ts';

const endpoints: Endpoint[] = [];
const listen = (message: unknown) => {
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ config }) => {
    if (config?.endpoint) endpoints.push(config.endpoint);
  });
};
let world: TestApp;
let admin: Person;
beforeAll(async () => {
  subscribe('fastify.initialization', listen);
  world = await createTestApp({ LOGIN_MAX_FAILURES: '10000', LINK_MAX_REQUESTS_PER_MINUTE: '100000' });
  unsubscribe('fastify.initialization', listen);
  admin = await world.loginAs('admin');
});
afterAll(() => world?.close());

test('a request under a foreign host makes no link there, and its page is foreign', async () => {
  const { id } = await addCustomer(admin);
  const host = 'evil.example';
  const made = (path: string, payload?: object) =>
    admin.inject({
      method: 'POST',
      url: path,
      headers: { host, 'x-forwarded-host': host },
      ...(payload ? { payload } : {}),
    });
  for (const [path, payload] of [
    [`/api/customers/${id}/links`, {}],
    [`/api/customers/${id}/handoff`],
    ['/api/invites', { role: 'staff' }],
    [`/api/users/${(await world.loginAs('staff')).id}/password-reset`],
  ] as const) {
    const answer = await made(path, payload);
    expect(answer.statusCode, `${path} ${answer.body}`).toBeLessThan(300);
    expect(answer.json().url, path).toMatch(/^http:\/\/127\.0\.0\.1:3000\//);
  }
  const from = (origin: string) =>
    admin.inject({
      method: 'POST',
      url: '/api/customers/search',
      headers: { host: new URL(origin).host, origin },
      payload: {},
    });
  expect((await from('http://evil.example')).json().type).toBe('foreign-origin');
  expect((await from('https://127.0.0.1:3000')).json().type).toBe('foreign-origin');
  expect((await from('http://127.0.0.1:3000')).statusCode).toBe(200);
});

test('figures are for administrators, the description of the API for whoever is signed in', async () => {
  const staff = await world.loginAs('staff');
  const status = async (asker: { inject: Person['inject'] }, url: string) =>
    (await asker.inject({ url })).statusCode;
  const nobody = { inject: (options: InjectOptions) => world.app.inject(options) };
  for (const url of ['/metrics', '/api/openapi.json', '/api/docs', '/api/docs/json'])
    expect(await status(nobody, url), url).toBe(401);
  expect(await status(staff, '/metrics')).toBe(403);
  expect(await status(staff, '/api/openapi.json')).toBe(200);
  expect(await status(admin, '/metrics')).toBe(200);
  const token = await admin.inject({
    method: 'POST',
    url: '/api/auth/tokens',
    payload: { name: 'prometheus' },
  });
  const headers = { authorization: `Bearer ${token.json().token}` };
  expect((await world.app.inject({ url: '/metrics', headers })).statusCode).toBe(200);
});

test('whoever signs in again on a browser ends the session that it had', async () => {
  const person = await world.loginAs('staff');
  const again = await person.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: person.username, password: TEST_PASSWORD },
  });
  expect(again.statusCode).toBe(200);
  expect((await person.inject({ url: '/api/auth/me' })).statusCode).toBe(401);
  const cookie = String(again.headers['set-cookie']).split(';')[0] as string;
  const me = await world.app.inject({ url: '/api/auth/me', headers: { cookie } });
  expect(me.statusCode).toBe(200);
});

test('a body that an address does not take is refused, and breaks nothing', async () => {
  const phone = await openPhone(world, admin, (await addCustomer(admin)).id);
  const bodies: [type: string | undefined, text: string][] = [
    ['application/json', '{"a":1}'],
    ['application/json', '[1]'],
    ['application/json', '{"__proto__":1}'],
    ['application/json', 'x'],
    ['application/json', ''],
    ['text/plain', 'x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['multipart/form-data', 'x'],
    ['application/offset+octet-stream', 'x'],
    [undefined, 'x'],
  ];
  const without = endpoints.filter(({ body, form, path }) => !body && !form && path !== '/api/auth/logout');
  expect(without.length).toBeGreaterThan(40);
  for (const endpoint of without) {
    const url = endpoint.path.replace(':id', uuidv7()).replace(/:\w+/, 'none');
    for (const [type, payload] of bodies) {
      const asker = endpoint.access === 'portal' ? phone : admin;
      const answer = await asker.inject({
        method: endpoint.method,
        url,
        payload,
        headers: type ? { 'content-type': type } : {},
      } as InjectOptions);
      const what = `${endpoint.method} ${endpoint.path} ${type} ${payload}: ${answer.body}`;
      expect(answer.statusCode, what).toSatisfy((code: number) => code < 500 || code === 503);
      const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(endpoint.method);
      if (!isRead && payload !== '') expect(answer.statusCode, what).toBeGreaterThanOrEqual(400);
    }
  }
});
