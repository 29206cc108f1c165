import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCustomer, openPhone, type Phone } from './features/portal/testing/phones.ts';
import { type Schema, smallestValue } from './testing/smallest-value.ts';
import { createTestApp, type Person, type TestApp } from './testing/test-app.ts';

/** Of the thread that answers everybody, for one request: what the others have to wait. */
const LONGEST_MS = 200;

const routes: (RouteOptions & { body: Schema })[] = [];
const listen = (message: unknown) => {
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => {
    const { body } = (route.schema ?? {}) as { body?: Schema };
    if (body) routes.push({ ...route, body });
  });
};
let world: TestApp;
let admin: Person;
let phone: Phone;
beforeAll(async () => {
  subscribe('fastify.initialization', listen);
  world = await createTestApp({ LOGIN_MAX_FAILURES: '10000', LINK_MAX_REQUESTS_PER_MINUTE: '100000' });
  unsubscribe('fastify.initialization', listen);
  admin = await world.loginAs('admin');
  phone = await openPhone(world, admin, (await addCustomer(admin)).id);
});
afterAll(() => world.close());

const nameOf = (route: RouteOptions) => `${route.method} ${route.url}`;

function* within(schema: Schema, path = ''): Generator<{ path: string; schema: Schema }> {
  yield { path, schema };
  const parts = { ...schema.properties, ...schema.patternProperties };
  for (const [name, inner] of Object.entries(parts)) yield* within(inner, `${path}.${name}`);
  if (schema.items) yield* within(schema.items, `${path}[]`);
  for (const inner of schema.anyOf ?? []) yield* within(inner, path);
}

const sample = (schema: Schema) => smallestValue(schema, uuidv7);

/** JSON texts of about `bytes` that are much work for some way of checking them. */
function* worst(schema: Schema | undefined, bytes: number): Generator<string> {
  const list = (item: string) => `[${Array(Math.floor(bytes / (item.length + 1))).fill(item)}]`;
  yield list('1');
  yield list('{}');
  yield list(JSON.stringify(sample(schema?.items ?? { type: 'string', format: 'uuid' })));
  yield `[${Array.from({ length: bytes / 40 }, () => `"${uuidv7()}"`)}]`;
  yield '['.repeat(bytes / 2) + ']'.repeat(bytes / 2);
  yield `${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}`;
  yield `{${Array.from({ length: bytes / 9 }, (_, n) => `"${n.toString(36)}":1`)}}`;
  for (const text of ['a', ' ', '1', '-', '\ud83d\udca5', '1-']) {
    yield JSON.stringify(text.repeat(bytes / Buffer.byteLength(text)));
  }
  yield '9'.repeat(bytes);
}

/** Every such text in every place of the body, and as the body. */
function* bodies(schema: Schema, bytes: number): Generator<{ where: string; text: string }> {
  for (const text of worst(schema, bytes)) yield { where: '', text };
  const whole = sample(schema);
  if (typeof whole !== 'object') return;
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const rest = JSON.stringify({ ...whole, [name]: '@' });
    for (const text of worst(inner, bytes - rest.length))
      yield { where: name, text: rest.replace('"@"', text) };
  }
}

async function send(route: RouteOptions, payload: string) {
  const asker = route.config?.access === 'portal' ? phone : admin;
  const url = route.url.replace(':id', uuidv7()).replace(/:\w+/, 'none');
  const headers = { 'content-type': 'application/json' };
  const before = process.threadCpuUsage();
  const answer = await asker.inject({
    method: route.method as InjectOptions['method'],
    url,
    headers,
    payload,
  } as InjectOptions);
  const used = process.threadCpuUsage(before);
  return { answer, ms: (used.user + used.system) / 1000 };
}

test('the worst body that anybody can post costs the others less than a fifth of a second', {
  timeout: 600_000,
}, async () => {
  expect(routes.length).toBeGreaterThan(30);
  const { bodyLimit = 0 } = world.app.initialConfig;
  const slow: string[] = [];
  for (const route of routes) {
    for (const { where, text } of bodies(route.body, route.bodyLimit ?? bodyLimit)) {
      // A second try is free of what the first one had to compile or collect.
      let { answer, ms } = await send(route, text);
      if (ms > LONGEST_MS) ms = Math.min(ms, (await send(route, text)).ms);
      if (ms > LONGEST_MS) slow.push(`${nameOf(route)} ${where} ${text.slice(0, 60)}: ${Math.round(ms)} ms`);
      expect(answer.statusCode, `${nameOf(route)} ${where} ${text.slice(0, 60)}`).toBeLessThan(500);
    }
  }
  expect(slow).toEqual([]);
});

test('every list in a body is bounded, and none is compared item by item', () => {
  const faults = routes.flatMap((route) =>
    [...within(route.body)]
      .filter(
        ({ schema }) => schema.uniqueItems || (schema.type === 'array' && schema.maxItems === undefined),
      )
      .map(({ path }) => `${nameOf(route)} ${path}`),
  );
  expect(faults).toEqual([]);
});

test('a body that is longer than any form fills is refused before it is read', async () => {
  const payload = { name: '王', phone: '13800000021', note: 'x'.repeat(70_000) };
  const answer = await admin.inject({ method: 'POST', url: '/api/customers', payload });
  expect(answer.statusCode).toBe(413);
  expect(answer.json().type).toBe('body-too-large');
});

test('somebody named twice in one comment is refused by the field', async () => {
  const customer = await addCustomer(admin);
  const answer = await admin.inject({
    method: 'POST',
    url: `/api/customers/${customer.id}/comments`,
    payload: { body: '看一下', mentions: [admin.id, admin.id] },
  });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().errors).toEqual([{ path: 'mentions', message: 'must not hold the same value twice' }]);
});
