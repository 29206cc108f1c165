import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { uploadLinks } from '@qijian/db/schema/links.ts';
import { users } from '@qijian/db/schema/users.ts';
import type { Access, Endpoint } from '@qijian/domain/contract/endpoint.ts';
import { ENDPOINTS } from '@qijian/domain/contract/endpoints.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import { eq } from 'drizzle-orm';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse, RouteOptions } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addCustomer, openPhone, type Phone } from './features/portal/testing/phones.ts';
import { createTestApp, type Person, type TestApp } from './testing/test-app.ts';

/** Every route and who may use it. A route that is not here, or that says something else, fails. */
const ROUTES: Record<string, Access> = {
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'figures.read',
  'GET /api/openapi.json': 'signed-in',
  'POST /api/auth/login': 'public',
  'POST /api/auth/logout': 'public',
  'POST /api/auth/register': 'public',
  'POST /api/auth/password-reset': 'public',
  'GET /api/auth/me': 'signed-in',
  'PATCH /api/auth/me': 'signed-in',
  'POST /api/auth/password': 'signed-in',
  'GET /api/auth/sessions': 'signed-in',
  'DELETE /api/auth/sessions/:id': 'signed-in',
  'POST /api/auth/second-step': 'public',
  'POST /api/auth/second-step/setup': 'public',
  'POST /api/auth/confirm': 'signed-in',
  'GET /api/auth/second-factor': 'signed-in',
  'POST /api/auth/second-factor': 'signed-in',
  'POST /api/auth/second-factor/finish': 'signed-in',
  'POST /api/auth/second-factor/recovery-codes': 'signed-in',
  'DELETE /api/auth/second-factor': 'signed-in',
  'GET /api/second-factor-roles': 'users.manage',
  'PATCH /api/second-factor-roles': 'users.manage',
  'DELETE /api/users/:id/second-factor': 'users.manage',
  'GET /api/auth/tokens': 'signed-in',
  'POST /api/auth/tokens': 'signed-in',
  'DELETE /api/auth/tokens/:id': 'signed-in',
  'GET /api/people': 'signed-in',
  'GET /api/users': 'users.manage',
  'POST /api/users': 'users.manage',
  'PATCH /api/users/:id': 'users.manage',
  'POST /api/users/:id/password-reset': 'users.manage',
  'GET /api/invites': 'users.manage',
  'POST /api/invites': 'users.manage',
  'DELETE /api/invites/:id': 'users.manage',
  'GET /api/streams/:stream/events': 'signed-in',
  'GET /api/feed': 'signed-in',
  'GET /api/document-types': 'catalog.read',
  'POST /api/document-types': 'catalog.write',
  'PATCH /api/document-types/:code': 'catalog.write',
  'DELETE /api/document-types/:code': 'catalog.write',
  'GET /api/document-types/recalculation': 'catalog.read',
  'GET /api/checklists': 'catalog.read',
  'POST /api/checklists': 'catalog.write',
  'PATCH /api/checklists/:product': 'catalog.write',
  'DELETE /api/checklists/:product': 'catalog.write',
  'GET /api/customers': 'customers.read',
  'GET /api/customers/facets': 'customers.read',
  'POST /api/customers': 'customers.write',
  'POST /api/customers/search': 'customers.read',
  'POST /api/customers/same-numbers': 'customers.write',
  'POST /api/customers/owner': 'customers.write',
  'GET /api/customers/:id': 'customers.read',
  'PATCH /api/customers/:id': 'customers.write',
  'DELETE /api/customers/:id': 'customers.delete',
  'POST /api/customers/:id/restore': 'customers.restore',
  'POST /api/customers/:id/reveal': 'customers.reveal',
  'POST /api/customers/:id/waive': 'customers.write',
  'GET /api/customers/:id/completeness': 'customers.read',
  'GET /api/customers/:id/workspace': 'customers.read',
  'GET /api/activity': 'customers.read',
  'GET /api/customers/:id/events': 'customers.read',
  'GET /api/views': 'customers.read',
  'POST /api/views': 'customers.read',
  'PATCH /api/views/:id': 'customers.read',
  'DELETE /api/views/:id': 'customers.read',
  'POST /api/customers/:id/submit': 'customers.submit',
  'POST /api/customers/:id/withdraw': 'customers.submit',
  'POST /api/customers/:id/claim': 'reviews.decide',
  'POST /api/customers/:id/release': 'reviews.decide',
  'POST /api/customers/:id/claim/heartbeat': 'reviews.decide',
  'POST /api/customers/:id/claim/request': 'reviews.decide',
  'POST /api/customers/:id/claim/grant': 'reviews.decide',
  'POST /api/customers/:id/claim/takeover': 'reviews.take-over',
  'POST /api/customers/:id/reopen': 'customers.submit',
  'POST /api/customers/:id/decision': 'reviews.decide',
  'GET /api/documents/:id/review': 'reviews.decide',
  'POST /api/documents/:id/review': 'reviews.decide',
  'POST /api/documents/:id/review/undo': 'reviews.decide',
  'GET /api/review-queue': 'reviews.decide',
  'POST /api/review-queue/heartbeat': 'reviews.decide',
  'POST /api/review-queue/next': 'reviews.decide',
  'GET /api/review-queue/done-today': 'reviews.decide',
  'GET /api/customers/:id/documents': 'documents.read',
  'POST /api/customers/:id/documents': 'documents.upload',
  'GET /api/documents/:id': 'documents.read',
  'DELETE /api/documents/:id': 'documents.delete-own',
  'POST /api/documents/:id/restore': 'documents.delete-own',
  'PATCH /api/documents/:id': 'documents.upload',
  'POST /api/documents/:id/retry': 'documents.upload',
  'POST /api/documents/:id/settle': 'documents.upload',
  'GET /api/documents/:id/file': 'documents.read',
  'GET /api/documents/:id/preview': 'documents.read',
  'GET /api/documents/:id/pages/:page/text': 'documents.read',
  'GET /api/documents/:id/thumbnail': 'documents.read',
  'OPTIONS /api/uploads': 'signed-in',
  'POST /api/uploads': 'documents.upload',
  'HEAD /api/uploads/:id': 'documents.upload',
  'PATCH /api/uploads/:id': 'documents.upload',
  'DELETE /api/uploads/:id': 'documents.upload',
  'GET /api/customers/:id/comments': 'customers.read',
  'POST /api/customers/:id/comments': 'comments.write',
  'PATCH /api/comments/:id': 'comments.write',
  'DELETE /api/comments/:id': 'comments.write',
  'GET /api/notifications': 'signed-in',
  'POST /api/notifications/read': 'signed-in',
  'GET /api/customers/:id/links': 'links.manage',
  'POST /api/customers/:id/links': 'links.manage',
  'POST /api/links/:id/reissue': 'links.manage',
  'DELETE /api/links/:id': 'links.manage',
  'POST /api/customers/:id/handoff': 'documents.upload',
  'POST /api/auth/handoff': 'public',
  'POST /api/portal/link': 'public',
  'GET /api/portal/session': 'public',
  'POST /api/portal/session': 'public',
  'DELETE /api/portal/session': 'public',
  'GET /api/portal/checklist': 'portal',
  'POST /api/portal/documents': 'portal',
  'DELETE /api/portal/documents/:id': 'portal',
  'POST /api/portal/documents/:id/settle': 'portal',
  'POST /api/portal/waive': 'portal',
  'OPTIONS /api/portal/uploads': 'portal',
  'POST /api/portal/uploads': 'portal',
  'HEAD /api/portal/uploads/:id': 'portal',
  'PATCH /api/portal/uploads/:id': 'portal',
  'DELETE /api/portal/uploads/:id': 'portal',
};
/** What is not ours to list: the API's description, the answer to unknown addresses, and the pages. */
const OPEN = /^(\/api\/docs(\/.*)?|\/api\/\*|\/\*)$/;
const READING = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];

/** A body that each route takes, for customers, documents and people that do not exist. */
const BODIES: Record<string, object> = {
  'PATCH /api/users/:id': { displayName: '王' },
  'PATCH /api/customers/:id': { version: 1, name: '王' },
  'DELETE /api/customers/:id': { version: 1, confirmName: '王' },
  'POST /api/customers/:id/reveal': { field: 'phone' },
  'POST /api/customers/:id/waive': { version: 1, type: 'other', waived: true },
  'PATCH /api/views/:id': { name: '我的', query: '' },
  'POST /api/customers/:id/submit': { version: 1 },
  'POST /api/customers/:id/withdraw': { version: 1 },
  'POST /api/customers/:id/claim': { version: 1 },
  'POST /api/customers/:id/release': { version: 1 },
  'POST /api/customers/:id/reopen': { version: 1, reason: '又来了' },
  'POST /api/customers/:id/decision': { version: 1, decision: 'approve' },
  'POST /api/documents/:id/review': { version: 1, verdict: 'accepted' },
  'POST /api/customers/:id/claim/grant': { userId: uuidv7() },
  'POST /api/documents/:id/review/undo': { version: 1 },
  'PATCH /api/documents/:id': { type: 'other' },
  'POST /api/customers/:id/comments': { body: '看一下' },
  'PATCH /api/comments/:id': { body: '看一下' },
  'POST /api/customers/:id/links': {},
  'POST /api/links/:id/reissue': {},
  'POST /api/portal/waive': { type: 'other' },
};

type Schema = { type?: string; properties?: Record<string, Schema> };
interface Route {
  name: string;
  method: NonNullable<InjectOptions['method']>;
  path: string;
  access: Access | undefined;
  endpoint: Endpoint | undefined;
  body: Schema | undefined;
}
const seen: RouteOptions[] = [];
const listen = (message: unknown) => {
  const { fastify } = message as { fastify: FastifyInstance };
  fastify.addHook('onRoute', (route) => {
    seen.push(route);
  });
};
const registered = (): Route[] =>
  seen.flatMap((route) =>
    [route.method].flat().map((method) => ({
      name: `${method} ${route.url}`,
      method: method as Route['method'],
      path: route.url,
      access: route.config?.access,
      endpoint: route.config?.endpoint,
      body: (route.schema as { body?: Schema } | undefined)?.body,
    })),
  );
/** Routes of ours; the HEAD that goes with each GET is left out. */
const ours = () =>
  registered().filter(
    (route) => !OPEN.test(route.path) && (route.method !== 'HEAD' || route.path.includes('/uploads/')),
  );
const urlOf = (route: Route) =>
  route.path
    .replace(':id', uuidv7())
    .replace(':page', '1')
    .replace(':code', 'not_a_type')
    .replace(':product', 'not_a_product')
    .replace(':stream', 'customers');

let world: TestApp;
let admin: Person;
let staff: Person;
let auditor: Person;
let disabled: Person;
let customerA: Phone;
let customerB: Phone;
let expired: Phone;
let revoked: Phone;
beforeAll(async () => {
  subscribe('fastify.initialization', listen);
  world = await createTestApp({
    LOGIN_MAX_FAILURES: '10000',
    LINK_MAX_REQUESTS_PER_MINUTE: '10000',
  });
  unsubscribe('fastify.initialization', listen);
  admin = await world.loginAs('admin');
  staff = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  disabled = await world.loginAs('admin');
  await world.app.db.update(users).set({ active: false }).where(eq(users.id, disabled.id));
  const phone = async () => openPhone(world, staff, (await addCustomer(staff)).id);
  [customerA, customerB, expired, revoked] = [await phone(), await phone(), await phone(), await phone()];
  await staff.inject({ method: 'DELETE', url: `/api/links/${revoked.link.id}` });
  await world.app.db
    .update(uploadLinks)
    .set({ expiresAt: new Date(Date.now() - 1000) })
    .where(eq(uploadLinks.id, expired.link.id));
});
afterAll(() => world.close());

/** Somebody whom a route lets in. */
const askerOf = (route: Route): Pick<Person, 'inject'> => (route.access === 'portal' ? customerA : admin);

/** The problem in an answer, which must be a whole one. */
function problemOf(answer: LightMyRequestResponse, label: string) {
  expect(answer.headers['content-type'], label).toMatch(/^application\/problem\+json/);
  const body = answer.json();
  expect(body, label).toMatchObject({
    type: expect.stringMatching(/^[a-z-]+$/),
    title: expect.any(String),
    status: answer.statusCode,
    detail: expect.any(String),
    instance: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
  });
  return body as { type: string; errors?: { path: string; message: string }[] };
}
const json = (payload: unknown) => ({
  headers: { 'content-type': 'application/json' },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
});

describe('who may use which route', () => {
  test('every registered route is in the list above, with the same access', () => {
    expect(Object.fromEntries(ours().map((route) => [route.name, route.access]))).toEqual(ROUTES);
    for (const route of registered().filter(({ path }) => OPEN.test(path))) {
      expect(route.access, route.name).toBe(route.path.startsWith('/api/docs') ? 'signed-in' : 'public');
    }
  });

  test('every route is registered from an endpoint of the contract, and every endpoint is', () => {
    const declared = Object.values(ENDPOINTS).flatMap((feature) => Object.values<Endpoint>(feature));
    expect(new Set(ours().map(({ endpoint }) => endpoint))).toEqual(new Set(declared));
  });

  test('nobody uses a route that is not public without having signed in', async () => {
    for (const route of ours().filter(({ access }) => access !== 'public')) {
      const answer = await world.app.inject({ method: route.method, url: urlOf(route) });
      expect(answer.statusCode, route.name).toBe(401);
      if (route.method !== 'HEAD') expect(problemOf(answer, route.name).type).toBe('not-signed-in');
    }
  });

  test('an account that was disabled is nobody, whatever its cookie says', async () => {
    for (const route of ours().filter(({ access }) => access !== 'public')) {
      const answer = await disabled.inject({ method: route.method, url: urlOf(route) });
      expect(answer.statusCode, route.name).toBe(401);
    }
  });

  test.each(['admin', 'staff', 'auditor'] as const)('%s is let in where the table says so', async (role) => {
    const person = { admin, staff, auditor }[role];
    for (const route of ours()) {
      const { access } = route;
      if (!access || access === 'public') continue;
      const answer = await person.inject({ method: route.method, url: urlOf(route) });
      const label = `${role} ${route.name}`;
      if (access === 'portal') {
        expect(answer.statusCode, label).toBe(401);
        continue;
      }
      if (access === 'signed-in' || may(role, access)) {
        expect([401, 403], label).not.toContain(answer.statusCode);
        expect(answer.statusCode, label).toBeLessThan(500);
      } else {
        expect(answer.statusCode, label).toBe(403);
        if (route.method !== 'HEAD') expect(problemOf(answer, label).type).toBe('not-allowed');
      }
    }
  });

  test('a customer is let in where the table says "portal", and is nobody everywhere else', async () => {
    for (const [name, phone] of Object.entries({ customerA, customerB })) {
      for (const route of ours()) {
        if (!route.access || route.access === 'public') continue;
        const answer = await phone.inject({ method: route.method, url: urlOf(route) });
        const label = `${name} ${route.name}`;
        if (route.access === 'portal') {
          expect([401, 403], label).not.toContain(answer.statusCode);
          expect(answer.statusCode, label).toBeLessThan(500);
        } else {
          expect(answer.statusCode, label).toBe(401);
        }
      }
    }
  });

  test('a link that has expired or was withdrawn lets nobody in, whatever was opened with it', async () => {
    for (const [type, phone] of Object.entries({ 'link-expired': expired, 'link-revoked': revoked })) {
      for (const route of ours()) {
        if (!route.access || route.access === 'public') continue;
        const answer = await phone.inject({ method: route.method, url: urlOf(route) });
        const label = `${type} ${route.name}`;
        if (route.access === 'portal') {
          expect(answer.statusCode, label).toBe(410);
          if (route.method !== 'HEAD') expect(problemOf(answer, label).type).toBe(type);
        } else {
          expect(answer.statusCode, label).toBe(401);
        }
      }
    }
  });

  test('public routes answer whoever asks', async () => {
    for (const route of ours().filter(({ access }) => access === 'public')) {
      const answer = await world.app.inject({ method: route.method, url: urlOf(route) });
      expect([401, 403, 500], route.name).not.toContain(answer.statusCode);
    }
  });
});

describe('what comes from another site', () => {
  test.each([
    ['its Origin', { origin: 'https://elsewhere.example' }],
    ['an Origin that is hidden', { origin: 'null' }],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site same-site', { 'sec-fetch-site': 'same-site' }],
  ] as const)('no mutation is accepted with %s', async (_name, headers) => {
    const mutations = registered().filter(
      ({ method, path }) => !READING.includes(method) && path.startsWith('/api/') && !path.includes('*'),
    );
    expect(mutations.length).toBeGreaterThan(30);
    for (const route of mutations) {
      const answer = await admin.inject({ method: route.method, url: urlOf(route), headers });
      expect(answer.statusCode, route.name).toBe(403);
      expect(problemOf(answer, route.name).type).toBe('foreign-origin');
    }
    expect((await admin.inject({ method: 'GET', url: '/api/auth/me' })).statusCode).toBe(200);
  });
});

describe('what cannot be read', () => {
  const withBody = () => ours().filter((route) => route.body?.properties);
  const send = (route: Route, payload: unknown) =>
    askerOf(route).inject({ method: route.method, url: urlOf(route), ...json(payload) });

  test('there are routes with a body', () => {
    expect(withBody().length).toBeGreaterThan(20);
  });

  test('a property that is not known is refused by name', async () => {
    for (const route of withBody()) {
      const valid = BODIES[route.name] ?? {};
      const answer = await send(route, { ...valid, surplus: 1 });
      expect(answer.statusCode, route.name).toBe(422);
      const problem = problemOf(answer, route.name);
      expect(problem.type).toBe('validation-failed');
      expect(
        problem.errors?.map(({ path }) => path),
        route.name,
      ).toContain('surplus');
    }
  });

  test('a value of the wrong type is refused with the path of the property', async () => {
    for (const route of withBody()) {
      for (const [property, schema] of Object.entries(route.body?.properties ?? {})) {
        const label = `${route.name} ${property}`;
        const wrong = schema.type === 'object' ? [7] : { wrong: true };
        const answer = await send(route, { ...BODIES[route.name], [property]: wrong });
        expect(answer.statusCode, label).toBe(422);
        const paths = problemOf(answer, label).errors?.map(({ path }) => path.split('.')[0]);
        expect(paths, label).toContain(property);
      }
    }
  });

  test('a number is not taken for its text, nor a text for its number', async () => {
    const paths = async (payload: object) => {
      const answer = await admin.inject({ method: 'POST', url: '/api/customers', ...json(payload) });
      return [...new Set(problemOf(answer, 'customers').errors?.map(({ path }) => path))];
    };
    expect(await paths({ name: 7, phone: '13800000021' })).toEqual(['name']);
    expect(await paths({ name: '王', phone: '13800000021', amount: '7' })).toEqual(['amount']);
  });

  test('JSON that breaks off is 400', async () => {
    for (const route of withBody()) {
      for (const text of ['{"name": "王', '']) {
        const answer = await send(route, text);
        expect(answer.statusCode, `${route.name} ${text}`).toBe(400);
        expect(problemOf(answer, route.name).type).toBe('malformed-request');
      }
    }
  });

  test.each(['application/xml', 'text/plain', 'application/x-www-form-urlencoded'])(
    'a body of %s is 415',
    async (contentType) => {
      for (const route of withBody()) {
        const answer = await askerOf(route).inject({
          method: route.method,
          url: urlOf(route),
          headers: { 'content-type': contentType },
          payload: '{}',
        });
        expect(answer.statusCode, route.name).toBe(415);
        problemOf(answer, route.name);
      }
    },
  );

  test('an id that is none, and a query that is not known, are refused by name', async () => {
    const bad = await admin.inject({ method: 'GET', url: '/api/customers/1' });
    expect(problemOf(bad, 'id').errors?.map(({ path }) => path)).toEqual(['id']);
    const query = await admin.inject({ method: 'GET', url: '/api/customers?sorted=name&pageSize=0' });
    expect(query.statusCode).toBe(422);
    expect(problemOf(query, 'query').errors?.map(({ path }) => path)).toContain('sorted');
  });
});

describe('what does not exist', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    '%s of an unknown address is a problem, signed in or not',
    async (method) => {
      for (const inject of [world.app.inject.bind(world.app), admin.inject]) {
        const answer = await inject({ method, url: '/api/nothing/here' });
        expect(answer.statusCode).toBe(404);
        expect(problemOf(answer, method).type).toBe('not-found');
      }
    },
  );

  test('an id of nothing, or of something that is not yours, is 404 everywhere', async () => {
    const routes = ours().filter(
      ({ name, path }) =>
        path.includes('/:id') && !path.includes('/uploads') && name !== 'POST /api/customers/:id/documents',
    );
    expect(routes.length).toBeGreaterThan(25);
    for (const route of routes) {
      const body = BODIES[route.name];
      const answer = await askerOf(route).inject({
        method: route.method,
        url: urlOf(route),
        ...(body ? json(body) : {}),
      });
      expect(answer.statusCode, route.name).toBe(404);
      expect(problemOf(answer, route.name).type).toBe('not-found');
    }
  });
});
