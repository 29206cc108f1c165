import { apiTokens, sessions } from '@qijian/db/schema/users.ts';
import { eq, sql } from 'drizzle-orm';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../app.ts';
import { createTestApp, type Person, TEST_PASSWORD, type TestApp } from '../../testing/test-app.ts';

const LIMIT = 5;
let world: TestApp;
let admin: Person;
let other: FastifyInstance;
beforeAll(async () => {
  world = await createTestApp({
    LOGIN_MAX_FAILURES: String(LIMIT),
    TRUST_PROXY: '127.0.0.1',
    MAX_FILE_MB: '5',
  });
  admin = await world.loginAs('admin');
  other = await buildApp(world.config);
  await other.ready();
});
afterAll(async () => {
  await other.close();
  await world.close();
});

let addresses = 0;
/** Each call comes from an address of its own, so that only the account's limit is met. */
const login = (username: string, password: string, app = world.app, more: object = {}) => {
  addresses += 1;
  return app.inject({
    method: 'POST',
    url: '/api/auth/login',
    headers: { 'x-forwarded-for': `198.51.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}` },
    payload: { username, password, ...more },
  });
};
const cookieOf = (answer: LightMyRequestResponse) =>
  String(answer.headers['set-cookie']).split(';')[0] as string;
const me = (cookie: string, app = world.app) =>
  app.inject({ method: 'GET', url: '/api/auth/me', headers: { cookie } });
const withoutInstance = (answer: LightMyRequestResponse) => ({ ...answer.json(), instance: '' });

describe('signing in and out', () => {
  test('a session begins with the login and ends with the logout', async () => {
    const person = await world.loginAs('staff', '林静怡');
    const known = await me(person.cookie);
    expect(known.statusCode).toBe(200);
    expect(known.json().user).toMatchObject({ id: person.id, displayName: '林静怡', role: 'staff' });
    expect(known.body).not.toMatch(/password|argon2/);

    const gone = await person.inject({ method: 'POST', url: '/api/auth/logout' });
    expect(gone.statusCode).toBe(204);
    expect((await me(person.cookie)).statusCode).toBe(401);
  });

  test('the cookie is out of reach of scripts and of other sites', async () => {
    const person = await world.loginAs('staff');
    const cookie = String((await login(person.username, TEST_PASSWORD)).headers['set-cookie']);
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; SameSite=Lax/i);
    expect(cookie).toMatch(/; Path=\//i);
    expect(cookie.split(',')[0]).not.toMatch(/Max-Age|Expires/i);
    const remembered = await login(person.username, TEST_PASSWORD, world.app, { remember: true });
    expect(String(remembered.headers['set-cookie']).split(',')[0]).toMatch(/Max-Age=\d{6}/);
  });

  test('the user name may be typed in capitals', async () => {
    const person = await world.loginAs('staff');
    expect((await login(person.username.toUpperCase(), TEST_PASSWORD)).statusCode).toBe(200);
  });

  test('a wrong password and an unknown user answer the same', async () => {
    const person = await world.loginAs('staff');
    const wrong = await login(person.username, 'not the password');
    const unknown = await login('nobody-of-this-name', 'not the password');
    expect(wrong.statusCode).toBe(401);
    expect(withoutInstance(wrong)).toEqual(withoutInstance(unknown));
    expect(wrong.json().type).toBe('wrong-credentials');
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  const from = (address: string, username: string, password: string, app = world.app, cookie = '') =>
    app.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { 'x-forwarded-for': address, cookie },
      payload: { username, password },
    });
  const deviceOf = (answer: LightMyRequestResponse) =>
    /qijian_device=[\w-]+/.exec(String(answer.headers['set-cookie']))?.[0] as string;

  test('after too many failures from one address it has to wait, on every server, and not for long', async () => {
    const person = await world.loginAs('staff');
    for (let n = 0; n < LIMIT; n++) {
      const answer = await from('192.0.2.1', person.username, 'not the password', n % 2 ? other : world.app);
      expect(answer.statusCode).toBe(401);
    }
    for (const app of [world.app, other]) {
      const answer = await from('192.0.2.1', person.username, TEST_PASSWORD, app);
      expect(answer.statusCode).toBe(429);
      expect(answer.json().type).toBe('rate-limited');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(5);
    }
    expect((await me(person.cookie)).statusCode).toBe(200);
  });

  test('of many guesses at once no more than the free ones are looked at', async () => {
    const person = await world.loginAs('staff');
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        from('192.0.2.9', person.username, 'not the password', n % 2 ? other : world.app),
      ),
    );
    const codes = answers.map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 401)).toHaveLength(LIMIT);
    expect(codes.filter((code) => code === 429)).toHaveLength(40 - LIMIT);
  });

  test('strangers who guess lock nobody out: neither elsewhere nor on a device that is known', async () => {
    const person = await world.loginAs('staff');
    const device = deviceOf(await from('192.0.2.20', person.username, TEST_PASSWORD));
    for (let n = 0; n < LIMIT + 1; n++) await from('192.0.2.20', person.username, 'not the password');
    expect((await from('192.0.2.20', person.username, TEST_PASSWORD)).statusCode).toBe(429);
    // The same office, the person's own browser.
    const there = await from('192.0.2.20', person.username, TEST_PASSWORD, world.app, device);
    expect(there.statusCode).toBe(200);
    expect((await from('192.0.2.21', person.username, TEST_PASSWORD)).statusCode).toBe(200);
    // So many strangers that all of them together are slowed.
    await world.app.db.execute(sql`
      insert into login_attempts (key, failures) values (${`account:${person.username}`}, 500)
      on conflict (key) do update set failures = 500, window_started_at = now()`);
    const stranger = await from('192.0.2.22', person.username, TEST_PASSWORD);
    expect(stranger.statusCode).toBe(429);
    expect(Number(stranger.headers['retry-after'])).toBeLessThanOrEqual(15);
    expect((await from('192.0.2.20', person.username, TEST_PASSWORD, other, device)).statusCode).toBe(200);
  });

  test('a known device is slowed by its own failures, and known to its account alone', async () => {
    const [person, colleague] = [await world.loginAs('staff'), await world.loginAs('staff')];
    const device = deviceOf(await from('192.0.2.30', person.username, TEST_PASSWORD));
    const guess = (username: string) => from('192.0.2.30', username, 'not the password', world.app, device);
    for (let n = 0; n < LIMIT; n++) expect((await guess(person.username)).statusCode).toBe(401);
    expect((await guess(person.username)).statusCode).toBe(429);
    for (let n = 0; n < LIMIT; n++) await guess(colleague.username);
    expect((await from('192.0.2.30', colleague.username, TEST_PASSWORD)).statusCode).toBe(429);
  });

  test('an office behind one address is not locked by who guesses there', async () => {
    const person = await world.loginAs('staff');
    for (let n = 0; n < LIMIT * 4; n++) await from('192.0.2.40', `nobody-${n % 8}`, 'not the password');
    expect((await from('192.0.2.40', person.username, TEST_PASSWORD)).statusCode).toBe(200);
  });

  test('colleagues who sign in at one moment behind one address all come in', async () => {
    const people = [];
    for (let n = 0; n < 20; n++) people.push(await world.loginAs('staff'));
    const answers = await Promise.all(
      people.map(({ username }) => from('192.0.2.45', username, TEST_PASSWORD)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(people.map(() => 200));
  });

  test('failed logins, slow-downs, logins and refusals are in the log with what they came with', async () => {
    const person = await world.loginAs('staff');
    for (let n = 0; n < LIMIT; n++) await from('192.0.2.50', person.username, 'not the password');
    const entered = await from('192.0.2.51', person.username, TEST_PASSWORD);
    const cookie = cookieOf(entered);
    await world.app.inject({ url: '/api/users', headers: { cookie, 'x-forwarded-for': '192.0.2.51' } });
    const rows = await world.app.db.execute<{ action: string; detail: Record<string, unknown> }>(
      sql`select action, detail from audit_log where actor_id = ${person.id} order by id`,
    );
    const of = (action: string) => rows.filter((row) => row.action === action).map(({ detail }) => detail);
    expect(of('auth.login-failed')).toHaveLength(LIMIT);
    expect(of('auth.login-failed')[0]).toMatchObject({
      credential: 'password',
      address: '192.0.2.50',
      reason: 'wrong-credentials',
    });
    expect(of('auth.login-slowed')).toEqual([
      expect.objectContaining({ by: 'account-address', address: '192.0.2.50' }),
    ]);
    const login = of('auth.login').at(-1);
    expect(login).toMatchObject({ credential: 'password', address: '192.0.2.51' });
    expect(of('auth.refused')).toEqual([
      { request: 'GET /api/users', credential: 'session', session: login?.session, address: '192.0.2.51' },
    ]);
    expect(login?.session).toMatch(/^[0-9a-f]{16}$/);
  });

  test('a success forgets the failures before it', async () => {
    const person = await world.loginAs('staff');
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < LIMIT - 1; n++) await login(person.username, 'not the password');
      expect((await login(person.username, TEST_PASSWORD)).statusCode).toBe(200);
    }
  });
});

describe('sessions', () => {
  test('neither the value of a cookie nor a token is anywhere in the database', async () => {
    const person = await world.loginAs('staff');
    const made = await person.inject({
      method: 'POST',
      url: '/api/auth/tokens',
      payload: { name: 'export' },
    });
    expect(made.statusCode).toBe(201);
    const secrets = [person.cookie.split('=')[1] as string, made.json().token as string];
    const tables = await world.app.db.execute<{ name: string }>(
      sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['sessions', 'audit_log']));
    for (const { name } of tables) {
      for (const secret of secrets) {
        const [found] = await world.app.db.execute<{ many: number }>(
          sql`select count(*)::int as many from ${sql.identifier(name)} t where position(${secret} in t::text) > 0`,
        );
        expect(found?.many, name).toBe(0);
      }
    }
    expect((await world.app.db.select().from(apiTokens)).length).toBeGreaterThan(0);
  });

  test.each([
    ['idle', { expiresAt: new Date(Date.now() - 1000) }],
    ['absolute', { absoluteExpiresAt: new Date(Date.now() - 1000) }],
  ] as const)('a session beyond its %s limit is over', async (_limit, set) => {
    const person = await world.loginAs('staff');
    expect((await me(person.cookie)).statusCode).toBe(200);
    await world.app.db.update(sessions).set(set).where(eq(sessions.userId, person.id));
    expect((await me(person.cookie)).statusCode).toBe(401);
  });

  test('a new password ends every other session and only those', async () => {
    const person = await world.loginAs('staff');
    const second = cookieOf(await login(person.username, TEST_PASSWORD, other));
    expect((await me(second)).statusCode).toBe(200);
    const change = (currentPassword: string) =>
      person.inject({
        method: 'POST',
        url: '/api/auth/password',
        payload: { currentPassword, newPassword: 'another long password' },
      });
    const wrong = await change('not the password');
    expect(wrong.statusCode).toBe(422);
    expect(wrong.json().errors).toEqual([{ path: 'currentPassword', message: 'is wrong' }]);
    expect((await me(second)).statusCode).toBe(200);

    expect((await change(TEST_PASSWORD)).statusCode).toBe(204);
    expect((await me(second)).statusCode).toBe(401);
    expect((await me(person.cookie)).statusCode).toBe(200);
    expect((await login(person.username, TEST_PASSWORD)).statusCode).toBe(401);
    expect((await login(person.username, 'another long password')).statusCode).toBe(200);
  });

  test('whoever is signed in is told the largest file that this installation takes', async () => {
    const person = await world.loginAs('staff');
    const { limits } = (await person.inject({ url: '/api/auth/me' })).json();
    expect(limits).toEqual({ maxFileBytes: 5 * 1024 * 1024 });
  });

  test('a token acts as its user until it is revoked, and makes no further ones', async () => {
    const person = await world.loginAs('auditor');
    const made = await person.inject({ method: 'POST', url: '/api/auth/tokens', payload: { name: 'x' } });
    const { id, token } = made.json();
    const as = (method: 'GET' | 'POST', url: string, payload?: object) =>
      world.app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}` },
        ...(payload ? { payload } : {}),
      });
    expect((await as('GET', '/api/auth/me')).json().user.id).toBe(person.id);
    expect((await as('POST', '/api/customers', {})).statusCode).toBe(403);
    expect((await as('POST', '/api/auth/tokens', { name: 'y' })).statusCode).toBe(403);
    expect((await person.inject({ method: 'GET', url: '/api/auth/tokens' })).body).not.toContain(token);
    expect((await admin.inject({ method: 'DELETE', url: `/api/auth/tokens/${id}` })).statusCode).toBe(404);
    expect((await person.inject({ method: 'DELETE', url: `/api/auth/tokens/${id}` })).statusCode).toBe(204);
    expect((await as('GET', '/api/auth/me')).statusCode).toBe(401);
  });
});

describe('new passwords', () => {
  test('one that is guessed at once is refused wherever a password is set', async () => {
    const person = await world.loginAs('staff');
    const offered = await admin.inject({ method: 'POST', url: `/api/users/${person.id}/password-reset` });
    const token = offered.json().url.split('#')[1];
    const made = await admin.inject({ method: 'POST', url: '/api/invites', payload: { role: 'staff' } });
    const invite = made.json().url.split('#')[1];
    const { username } = person;
    const ways: [string, string, (password: string) => object][] = [
      ['/api/auth/register', 'password', (password) => ({ invite, username, displayName: '新', password })],
      ['/api/users', 'password', (password) => ({ username, displayName: '新', role: 'staff', password })],
      ['/api/auth/password-reset', 'newPassword', (newPassword) => ({ token, newPassword })],
      [
        '/api/auth/password',
        'newPassword',
        (newPassword) => ({ currentPassword: TEST_PASSWORD, newPassword }),
      ],
    ];
    for (const [url, path, payload] of ways) {
      for (const password of ['short', 'password123', 'qwertyuiop1234', `${username}${username}`]) {
        const by = url === '/api/users' ? admin : person;
        const answer = await by.inject({ method: 'POST', url, payload: payload(password) });
        expect(answer.statusCode, `${url} ${password}`).toBe(422);
        expect(answer.json().errors[0].path).toBe(path);
      }
    }
    expect((await login(username, TEST_PASSWORD)).statusCode).toBe(200);
  });
});

describe('invitations', () => {
  const invite = async (payload: object = { role: 'auditor' }) => {
    const made = await admin.inject({ method: 'POST', url: '/api/invites', payload });
    expect(made.statusCode).toBe(201);
    const body = made.json();
    return { id: body.id as string, secret: (body.url as string).split('#')[1] as string };
  };
  let names = 0;
  const register = (secret: string, app = world.app) => {
    names += 1;
    return app.inject({
      method: 'POST',
      url: '/api/auth/register',
      payload: {
        invite: secret,
        username: `invited-${names}`,
        displayName: '新同事',
        password: 'a long password',
      },
    });
  };

  test('one makes one account, of the role it names, signed in', async () => {
    const { secret } = await invite();
    const first = await register(secret);
    expect(first.statusCode).toBe(201);
    expect(first.json().user).toMatchObject({ role: 'auditor', displayName: '新同事' });
    expect((await me(cookieOf(first))).statusCode).toBe(200);
    const second = await register(secret);
    expect(second.statusCode).toBe(404);
    expect(second.json().type).toBe('invite-invalid');
  });

  test('ten people with one invitation at one moment are one new account', async () => {
    const { secret } = await invite();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => register(secret, n % 2 ? other : world.app)),
    );
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, ...Array(9).fill(404)]);
  });

  test('a name that is taken leaves the invitation open', async () => {
    const { secret } = await invite();
    const taken = await world.app.inject({
      method: 'POST',
      url: '/api/auth/register',
      payload: { invite: secret, username: admin.username, displayName: '王', password: 'a long password' },
    });
    expect(taken.statusCode).toBe(409);
    expect(taken.json().errors[0].path).toBe('username');
    expect((await register(secret)).statusCode).toBe(201);
  });

  test('an invitation that expired, was revoked or never was is 404', async () => {
    const expired = await invite();
    await world.app.db.execute(
      sql`update invites set expires_at = now() - interval '1 second' where id = ${expired.id}`,
    );
    const revoked = await invite();
    await admin.inject({ method: 'DELETE', url: `/api/invites/${revoked.id}` });
    for (const secret of [expired.secret, revoked.secret, 'x'.repeat(43)]) {
      const answer = await register(secret);
      expect(answer.statusCode).toBe(404);
      expect(answer.json().type).toBe('invite-invalid');
    }
    const states = (await admin.inject({ method: 'GET', url: '/api/invites' })).json().items;
    const stateOf = (id: string) => states.find((item: { id: string }) => item.id === id).state;
    expect([stateOf(expired.id), stateOf(revoked.id)]).toEqual(['expired', 'revoked']);
  });
});

describe('users', () => {
  const update = (id: string, payload: object, by = admin) =>
    by.inject({ method: 'PATCH', url: `/api/users/${id}`, payload });

  test('the last administrator stays one, also when two try at once', async () => {
    for (const payload of [{ role: 'staff' }, { active: false }]) {
      const answer = await update(admin.id, payload);
      expect(answer.statusCode).toBe(409);
      expect(answer.json().type).toBe('last-admin');
    }
    const second = await world.loginAs('admin');
    const answers = await Promise.all([
      update(second.id, { role: 'staff' }, admin),
      update(admin.id, { role: 'staff' }, second),
    ]);
    // Whoever comes second is refused: by the guard, or because their role is gone by then.
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    const [left] = await world.app.db.execute<{ many: number }>(
      sql`select count(*)::int as many from users where role = 'admin' and active`,
    );
    expect(left?.many).toBe(1);
    await world.app.db.execute(sql`update users set role = 'admin' where id = ${admin.id}`);
  });

  test('sessions used at the same moment stay in their places when one of them changes', async () => {
    const person = await world.loginAs('staff');
    await world.app.db.execute(sql`
      insert into sessions (id_hash, user_id, expires_at, absolute_expires_at, user_agent)
      select 'twin-' || n, ${person.id}, now() + interval '1 day', now() + interval '1 day', 'twin-' || n
      from generate_series(1, 6) n`);
    const listed = async (): Promise<string[]> =>
      (await person.inject({ url: '/api/auth/sessions' })).json().items.map(({ id }: { id: string }) => id);
    const before = await listed();
    expect(before).toHaveLength(7);
    await world.app.db.execute(
      sql`update sessions set expires_at = expires_at + interval '1 hour' where id_hash in ('twin-1', 'twin-3', 'twin-5')`,
    );
    expect(await listed()).toEqual(before);
  });

  test('deactivating somebody ends their sessions and keeps them out', async () => {
    const person = await world.loginAs('staff');
    expect((await update(person.id, { active: false })).statusCode).toBe(200);
    expect((await me(person.cookie)).statusCode).toBe(401);
    const rows = await world.app.db.select().from(sessions).where(eq(sessions.userId, person.id));
    expect(rows).toEqual([]);
    const refused = await login(person.username, TEST_PASSWORD);
    expect(refused.statusCode).toBe(401);
    expect(refused.json().type).toBe('account-disabled');
    expect((await login(person.username, 'not the password')).json().type).toBe('wrong-credentials');
    await update(person.id, { active: true });
    expect((await me(person.cookie)).statusCode).toBe(401);
    expect((await login(person.username, TEST_PASSWORD)).statusCode).toBe(200);
  });

  test('a change of role holds from the next request on', async () => {
    const person = await world.loginAs('staff');
    expect((await person.inject({ method: 'GET', url: '/api/users' })).statusCode).toBe(403);
    await update(person.id, { role: 'admin' });
    expect((await person.inject({ method: 'GET', url: '/api/users' })).statusCode).toBe(200);
    await update(person.id, { role: 'auditor' });
    expect((await person.inject({ method: 'GET', url: '/api/users' })).statusCode).toBe(403);
  });

  test('a name is taken whatever its capitals', async () => {
    const person = await world.loginAs('staff');
    const answer = await admin.inject({
      method: 'POST',
      url: '/api/users',
      payload: {
        username: person.username.toUpperCase(),
        displayName: '王',
        role: 'staff',
        password: 'a long password',
      },
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.json().errors[0].path).toBe('username');
  });
});
