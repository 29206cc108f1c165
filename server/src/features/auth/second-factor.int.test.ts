import { secondFactors, sessions } from '@qijian/db/schema/users.ts';
import { eq, sql } from 'drizzle-orm';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type Person, TEST_PASSWORD, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let admin: Person;
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin');
});
afterAll(() => world.close());

const post = (url: string, payload: object) => world.app.inject({ method: 'POST', url, payload });
const login = async ({ username }: Person) =>
  (await post('/api/auth/login', { username, password: TEST_PASSWORD })).json();
const codeAt = (uri: string, secondsLater = 0) => {
  const { pathname, searchParams } = new URL(uri);
  expect(pathname).toContain('Qijian');
  return new TOTP({ secret: searchParams.get('secret') ?? '' }).generate({
    timestamp: Date.now() + secondsLater * 1000,
  });
};
const step = (challenge: string, code: string) => post('/api/auth/second-step', { challenge, code });
const without = (code: string) => (code === '000000' ? '111111' : '000000');

async function secure(person: Person) {
  const { uri } = (await person.inject({ method: 'POST', url: '/api/auth/second-factor' })).json();
  const finish = (code: string) =>
    person.inject({ method: 'POST', url: '/api/auth/second-factor/finish', payload: { code } });
  expect((await finish(without(codeAt(uri)))).statusCode).toBe(422);
  const done = await finish(codeAt(uri));
  expect(done.statusCode, done.body).toBe(200);
  return { uri: uri as string, codes: done.json().recoveryCodes as string[] };
}
const forgetStep = (person: Person) =>
  world.app.db.update(secondFactors).set({ lastStep: 0 }).where(eq(secondFactors.userId, person.id));
const grow = (person: Person) =>
  world.app.db
    .update(sessions)
    .set({ confirmedAt: sql`now() - interval '11 minutes'` })
    .where(eq(sessions.userId, person.id));

test('after the password there is no session until the code is right, and each code works once', async () => {
  const person = await world.loginAs('staff');
  const { uri } = await secure(person);
  const first = await post('/api/auth/login', { username: person.username, password: TEST_PASSWORD });
  expect(first.headers['set-cookie']).toBeUndefined();
  expect(first.json()).toEqual({ challenge: { token: expect.any(String), setup: false } });
  const { token } = first.json().challenge;
  // The code of the set-up was used.
  expect((await step(token, codeAt(uri))).json().type).toBe('wrong-code');
  await forgetStep(person);
  const code = codeAt(uri);
  const entered = await step(token, code);
  expect(entered.statusCode, entered.body).toBe(200);
  expect(entered.json().user.id).toBe(person.id);
  expect(String(entered.headers['set-cookie'])).toMatch(/^qijian=/);
  expect((await step(token, codeAt(uri, 30))).json().type).toBe('challenge-ended');
  const again = (await login(person)).challenge.token;
  expect((await step(again, code)).json().type).toBe('wrong-code');
  expect((await step(again, codeAt(uri, 30))).statusCode).toBe(200);
});

test('a challenge bears five tries, also many at once, and belongs to its own sign-in', async () => {
  const person = await world.loginAs('staff');
  const { uri } = await secure(person);
  await forgetStep(person);
  const { token } = (await login(person)).challenge;
  const wrong = without(codeAt(uri));
  const answers = await Promise.all(Array.from({ length: 20 }, () => step(token, wrong)));
  expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(5);
  expect((await step(token, codeAt(uri))).statusCode).not.toBe(200);
  expect((await step('x'.repeat(43), codeAt(uri))).json().type).toBe('challenge-ended');
});

test('each of ten recovery codes opens once, and new ones end the old', async () => {
  const person = await world.loginAs('staff');
  const { codes } = await secure(person);
  expect(new Set(codes).size).toBe(10);
  const [first = '', second = ''] = codes;
  expect((await step((await login(person)).challenge.token, first.toLowerCase())).statusCode).toBe(200);
  expect((await step((await login(person)).challenge.token, first)).json().type).toBe('wrong-code');
  const left = async () => (await person.inject({ url: '/api/auth/second-factor' })).json();
  expect(await left()).toEqual({ since: expect.any(String), recoveryCodesLeft: 9, demanded: false });
  const url = '/api/auth/second-factor/recovery-codes';
  expect((await person.inject({ method: 'POST', url })).json().recoveryCodes).toHaveLength(10);
  expect((await step((await login(person)).challenge.token, second)).json().type).toBe('wrong-code');
});

test('the secret is answered while it is set up and never again, nor are codes kept in clear', async () => {
  const person = await world.loginAs('staff');
  const { uri, codes } = await secure(person);
  const secret = new URL(uri).searchParams.get('secret') as string;
  for (const url of ['/api/auth/me', '/api/auth/second-factor', '/api/auth/sessions']) {
    expect((await person.inject({ url })).body).not.toContain(secret);
  }
  const again = await person.inject({ method: 'POST', url: '/api/auth/second-factor' });
  expect(again.json().type).toBe('state-conflict');
  const kept = await world.app.db.execute<{ all: string }>(
    sql`select string_agg(c::text, ' ') as all from recovery_codes c`,
  );
  for (const code of codes) expect(kept[0]?.all).not.toContain(code.replaceAll('-', ''));
});

test('a role that has to have it is led to set it up before anything else', async () => {
  const auditor = await world.loginAs('auditor');
  const demand = (roles: string[]) =>
    admin.inject({ method: 'PATCH', url: '/api/second-factor-roles', payload: { roles } });
  expect((await demand(['auditor'])).json()).toEqual({ roles: ['auditor'] });
  expect((await auditor.inject({ url: '/api/auth/me' })).statusCode).toBe(401);
  const { challenge, user } = await login(auditor);
  expect([challenge.setup, user]).toEqual([true, undefined]);
  const { uri } = (await post('/api/auth/second-step/setup', { challenge: challenge.token })).json();
  const entered = await step(challenge.token, codeAt(uri));
  expect(entered.statusCode, entered.body).toBe(200);
  expect(entered.json().recoveryCodes).toHaveLength(10);
  const cookie = String(entered.headers['set-cookie']).split(';')[0] as string;
  const off = await world.app.inject({
    method: 'DELETE',
    url: '/api/auth/second-factor',
    headers: { cookie },
  });
  expect(off.json().type).toBe('state-conflict');
  await demand([]);
});

test('an administrator resets it for somebody, whose sessions end, and the log says so', async () => {
  const person = await world.loginAs('staff');
  await secure(person);
  const reset = () => admin.inject({ method: 'DELETE', url: `/api/users/${person.id}/second-factor` });
  expect((await reset()).statusCode).toBe(204);
  expect((await reset()).statusCode).toBe(404);
  expect((await person.inject({ url: '/api/auth/me' })).statusCode).toBe(401);
  expect((await login(person)).user.id).toBe(person.id);
  const rows = await world.app.db.execute<{ action: string; actor: string; session: string }>(sql`
    select action, actor_id as actor, detail->>'session' as session from audit_log
    where entity_id = ${person.id} and action like 'auth.second-factor%' order by id`);
  expect(rows.map(({ action, actor }) => [action, actor])).toEqual([
    ['auth.second-factor-added', person.id],
    ['auth.second-factor-reset', admin.id],
  ]);
  for (const { session } of rows) expect(session).toMatch(/^[0-9a-f]{16}$/);
});

test('ten minutes after signing in, what opens accounts asks who is there', async () => {
  const chief = await world.loginAs('admin');
  const person = await world.loginAs('staff');
  await grow(chief);
  const ways: [method: 'POST' | 'DELETE' | 'PATCH', url: string, payload?: object][] = [
    ['POST', `/api/users/${person.id}/password-reset`],
    ['DELETE', `/api/users/${person.id}/second-factor`],
    ['PATCH', '/api/second-factor-roles', { roles: [] }],
    ['POST', '/api/auth/second-factor'],
    ['POST', '/api/auth/second-factor/recovery-codes'],
    ['DELETE', '/api/auth/second-factor'],
  ];
  for (const [method, url, payload] of ways) {
    const answer = await chief.inject({ method, url, ...(payload ? { payload } : {}) });
    expect(answer.json().type, url).toBe('confirm-identity');
  }
  // A new account opens none that is there; programs make them too.
  const payload = { username: 'new-one', displayName: '新', role: 'staff', password: 'a long password' };
  expect((await chief.inject({ method: 'POST', url: '/api/users', payload })).statusCode).toBe(201);
  const confirm = (payload: object) => chief.inject({ method: 'POST', url: '/api/auth/confirm', payload });
  expect((await confirm({ password: 'not the password' })).json().type).toBe('wrong-password');
  expect((await confirm({ password: TEST_PASSWORD })).statusCode).toBe(204);
  const [method, url] = ways[0] as (typeof ways)[0];
  expect((await chief.inject({ method, url })).statusCode).toBe(201);
});
