import { connect, type Socket } from 'node:net';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './features/documents/testing/documents-world.ts';
import { type Schema, smallestValue } from './testing/smallest-value.ts';
import type { Person } from './testing/test-app.ts';

interface Operation {
  parameters?: { in: string; name: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
interface Route {
  name: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query: string[];
  params: string[];
  body: Schema | undefined;
}

const cursor = (...mark: unknown[]) => Buffer.from(JSON.stringify(mark)).toString('base64url');
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** Texts that fit some schema and yet are nothing that a database, a calendar or a number can hold. */
const TEXTS = [
  'a\u0000b',
  '\ud800',
  '\u202e\r\n\u2028',
  '__proto__',
  'constructor',
  '💥'.repeat(20),
  '2026-02-30T00:00:00Z',
  '2026-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  NOBODY,
];
const QUERIES = [
  ...TEXTS,
  '-1',
  '1e20',
  '99999999999999999999',
  'NaN',
  'W10',
  cursor('-updatedAt', '9999-99-99 99:99:99+99', NOBODY, 5, true),
  cursor('-updatedAt', '2026-02-30 00:00:00+00', NOBODY, 5, true),
  cursor('-updatedAt', '999999999', NOBODY, 5, true),
  cursor('-updatedAt', 'infinity', NOBODY, 1e300, true),
  cursor('urgency', '0000-01-01 00:00:00+00', NOBODY),
  cursor('done', '2026-13-01 00:00:00+00', NOBODY),
];
const VALUES = [
  ...TEXTS,
  'x'.repeat(100_000),
  null,
  true,
  -1,
  1.5,
  1e21,
  [],
  {},
  [[]],
  { a: { b: 1 } },
  [null],
];

let world: World;
let admin: Person;
let customerId: string;
let routes: Route[];
beforeAll(async () => {
  world = await openWorld({ LOGIN_MAX_FAILURES: '10000' });
  admin = await world.test.loginAs('admin');
  customerId = await world.customer(admin);
  const { paths } = (await admin.inject({ url: '/api/openapi.json' })).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Route['method'],
      path,
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      params: parameters.filter((one) => one.in === 'path').map(({ name }) => name),
      body: requestBody?.content['application/json']?.schema,
    })),
  );
});
afterAll(() => world.close());

const sample = (schema: Schema) => smallestValue(schema, () => customerId);
const addressOf = (route: Route, given: Record<string, string> = {}) =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const usual: Record<string, string> = { id: customerId, code: 'other', product: 'credit', page: '1' };
    return given[name] ?? usual[name] ?? 'customers';
  });
const encoded = (text: string) => (text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80');

/** An answer that says what was wrong with the request, or that nothing was. */
function expectUnderstood(answer: LightMyRequestResponse, label: string): void {
  expect(answer.statusCode, `${label}: ${answer.body.slice(0, 300)}`).toBeLessThan(500);
  if (answer.statusCode < 400) return;
  expect(answer.headers['content-type'], label).toMatch(/^application\/problem\+json/);
}

describe('no route breaks over', () => {
  test('what stands in a query', async () => {
    for (const route of routes) {
      for (const name of route.query) {
        for (const text of QUERIES) {
          const pair = `${name}=${encoded(text)}`;
          for (const query of [pair, `${pair}&${pair}`]) {
            const answer = await admin.inject({ method: route.method, url: `${addressOf(route)}?${query}` });
            expectUnderstood(answer, `${route.name} ${query}`);
          }
        }
      }
    }
  });

  test('what stands in a path', async () => {
    for (const route of routes) {
      for (const name of route.params) {
        for (const text of [...TEXTS, '../..', 'x'.repeat(500), '99999999999999999999', '%']) {
          const url = addressOf(route, { [name]: encoded(text) });
          const payload = route.body && { payload: sample(route.body) as object };
          expectUnderstood(
            await admin.inject({ method: route.method, url, ...payload }),
            `${route.name} ${url}`,
          );
        }
      }
    }
  });

  test('what stands in a body', async () => {
    for (const route of routes.filter(({ body, path }) => body?.properties && path !== '/api/auth/login')) {
      const least = sample(route.body as Schema) as object;
      for (const [name, schema] of Object.entries(route.body?.properties ?? {})) {
        for (const value of VALUES) {
          const values = schema.type === 'array' ? [value, [value]] : [value];
          for (const given of values) {
            const label = `${route.name} ${name} ${JSON.stringify(given).slice(0, 60)}`;
            const payload = { ...least, [name]: given };
            expectUnderstood(
              await admin.inject({ method: route.method, url: addressOf(route), payload }),
              label,
            );
          }
        }
      }
    }
  }, 120_000);

  test.each([
    '[]',
    'null',
    '"x"',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":1}}',
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    '{"version":1e999}',
    '\ufeff{}',
  ])('a body that is %.40s', async (payload) => {
    for (const route of routes.filter(({ body }) => body)) {
      const headers = { 'content-type': 'application/json' };
      const answer = await admin.inject({ method: route.method, url: addressOf(route), headers, payload });
      expectUnderstood(answer, route.name);
    }
  });
});

test('text that is none is refused by the path of its field', async () => {
  const refused = async (payload: object, paths: string[]) => {
    const answer = await admin.inject({ method: 'POST', url: '/api/customers', payload });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  };
  await refused({ name: '王', phone: '13800000021', note: '\udc00' }, ['note']);
  await refused({ name: '\u3164\u0000', phone: '13800000021' }, ['name']);
  const query = await admin.inject({ url: '/api/customers?search=%00' });
  expect(query.json().errors).toEqual([{ path: 'search', message: 'is not text' }]);
});

test('what is written in another encoding than UTF-8 is refused, not kept as question marks', async () => {
  const send = (payload: Buffer, charset = '') =>
    admin.inject({
      method: 'POST',
      url: '/api/customers',
      headers: { 'content-type': `application/json${charset}` },
      payload,
    });
  // 张三 in GBK.
  const gbk = Buffer.from('{"name":"\xd5\xc5\xc8\xfd","phone":"13800000021"}', 'latin1');
  const refused = await send(gbk);
  expect([refused.statusCode, refused.json().type]).toEqual([400, 'malformed-request']);
  expect((await send(gbk, '; charset=gbk')).statusCode).toBe(415);
  const utf8 = Buffer.from('{"name":"张三","phone":"13800000021"}');
  expect((await send(utf8, '; charset=UTF-8')).json().name).toBe('张三');
  expect((await send(Buffer.concat([Buffer.from('\ufeff'), utf8]))).json().name).toBe('张三');
});

test.each(['page=1.5', 'page=true', 'page=1e1', 'page=0x1', 'page=', 'returned=1', 'search=a&search=b'])(
  'a query of %s is refused by name, not read as something else',
  async (query) => {
    const answer = await admin.inject({ url: `/api/customers?${query}` });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].path).toBe(query.split('=')[0]);
  },
);

describe('a form', () => {
  const BOUNDARY = 'xxBOUNDARYxx';
  const part = (disposition: string, content: string | Uint8Array) =>
    Buffer.concat([
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
      Buffer.from(content as string),
      Buffer.from('\r\n'),
    ]);
  const type = part('name="type"', 'bank_statement');
  const file = part('name="file"; filename="a.jpg"', sampleJpeg());
  const end = Buffer.from(`--${BOUNDARY}--\r\n`);
  const send = (pieces: Buffer[], contentType = `multipart/form-data; boundary=${BOUNDARY}`) =>
    admin.inject({
      method: 'POST',
      url: `/api/customers/${customerId}/documents`,
      headers: { 'content-type': contentType },
      payload: Buffer.concat(pieces),
    });

  test('that is whole is taken', async () => {
    expect((await send([type, file, end])).statusCode).toBe(201);
  });

  test.each([
    ['is none', [Buffer.from('hello')]],
    ['has no end', [type, file]],
    ['breaks off in a file', [type, file.subarray(0, 130)]],
    ['breaks off in a header', [type, file.subarray(0, 40)]],
    ['names a property of every object', [part('name="__proto__"', '1'), type, file, end]],
  ] as const)('that %s is malformed, and nothing of it stays', async (_what, pieces) => {
    const before = world.files();
    const answer = await send([...pieces]);
    expect([answer.statusCode, answer.json().type]).toEqual([400, 'malformed-request']);
    expect(world.files()).toEqual(before);
  });

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'x'.repeat(5000)}`,
  ])('of the type %.50s is malformed', async (contentType) => {
    expect((await send([type, file, end], contentType)).json().type).toBe('malformed-request');
  });

  test.each([
    ['no text', [part('name="type"', 'a\u0000b'), file, end]],
    ['half a character', [part('name="type"', new Uint8Array([0xed, 0xa0, 0x80])), file, end]],
    ['given twice', [type, type, file, end]],
  ] as const)('whose type is %s is refused by the name of the field', async (_what, pieces) => {
    const answer = await send([...pieces]);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].path).toBe('type');
  });

  test('with more fields than there are is too large', async () => {
    expect((await send([...Array(20).fill(part('name="type"', 'x')), end])).statusCode).toBeLessThan(500);
  });
});

describe('an upload', () => {
  const create = (headers: Record<string, string>) =>
    admin.inject({
      method: 'POST',
      url: '/api/uploads',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '70', ...headers },
    });
  const metadata = (fields: Record<string, string>) =>
    Object.entries({ customerId, type: 'bank_statement', filename: 'a.jpg', ...fields })
      .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(',');

  test.each([
    ['upload-length', '-1'],
    ['upload-length', '1e3'],
    ['upload-length', '99999999999999999999'],
    ['upload-metadata', '!!! ???,,,'],
    ['upload-concat', 'partial'],
    ['upload-checksum', 'md5 x'],
  ])('whose %s is %s is refused with a problem', async (name, value) => {
    const answer = await create({ 'upload-metadata': metadata({}), [name]: value });
    expectUnderstood(answer, name);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  });

  test('of another protocol is told which is spoken', async () => {
    const answer = await create({ 'upload-metadata': metadata({}), 'tus-resumable': '' });
    expect([answer.statusCode, answer.json().type]).toEqual([412, 'unsupported-tus-version']);
    expect(answer.headers['tus-version']).toBe('1.0.0');
  });

  test('of a type that is no text is refused by the name of the field', async () => {
    const answer = await create({ 'upload-metadata': metadata({ type: 'a\u0000b' }) });
    expect([answer.statusCode, answer.json().errors[0].path]).toEqual([422, 'type']);
  });
});

describe('a connection', () => {
  /** What a server answers to these lines, until it closes. */
  const talk = (lines: string[]) =>
    new Promise<string>((resolve, reject) => {
      const socket: Socket = connect(Number(new URL(world.origin).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write([...lines, `cookie: ${admin.cookie}`, '', ''].join('\r\n'));
    });

  test('that offers HTTP/2 gets an ordinary answer', async () => {
    const answer = await talk([
      'GET /api/auth/me HTTP/1.1',
      'host: localhost',
      'connection: close, Upgrade, HTTP2-Settings',
      'upgrade: h2c',
      'http2-settings: AAMAAABkAARAAAAAAAIAAAAA',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('that asks for a WebSocket where there is none is refused and ended', async () => {
    const answer = await talk([
      'GET /api/auth/me HTTP/1.1',
      'host: localhost',
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('to the feed that is no WebSocket is answered with a problem', async () => {
    const answer = await admin.inject({ url: '/api/feed' });
    expect([answer.statusCode, answer.json().type]).toEqual([404, 'not-found']);
  });
});
