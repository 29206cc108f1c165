import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashSecret } from '../../identity/sessions.ts';
import { createTestApp, type Person, TEST_PASSWORD, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let admin: Person;
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin', '周牧');
});
afterAll(() => world.close());

const patch = (id: string, payload: object, by = admin) =>
  by.inject({ method: 'PATCH', url: `/api/users/${id}`, payload });

describe('users', () => {
  test('a deactivated user is signed out everywhere at that moment', async () => {
    const person = await world.loginAs('staff');
    const answer = await patch(person.id, { active: false });
    expect(answer.json().user.active).toBe(false);
    expect((await person.inject({ url: '/api/auth/me' })).statusCode).toBe(401);
    const rows = await world.app.db.execute(sql`select 1 from sessions where user_id = ${person.id}`);
    expect(rows).toHaveLength(0);
    // Reactivation does not bring old sessions back.
    await patch(person.id, { active: true });
    expect((await person.inject({ url: '/api/auth/me' })).statusCode).toBe(401);
  });

  test('a new role holds from the next request on', async () => {
    const person = await world.loginAs('staff');
    expect((await person.inject({ url: '/api/users' })).statusCode).toBe(403);
    await patch(person.id, { role: 'admin' });
    expect((await person.inject({ url: '/api/users' })).statusCode).toBe(200);
    await patch(person.id, { role: 'auditor' });
    expect((await person.inject({ url: '/api/users' })).statusCode).toBe(403);
  });

  test('a change is on record and told to the user’s own pages', async () => {
    const person = await world.loginAs('staff');
    await patch(person.id, { role: 'auditor' });
    const [row] = await world.app.db.execute<{ actor_id: string; detail: unknown }>(
      sql`select actor_id, detail from audit_log where action = 'user.changed' and entity_id = ${person.id}`,
    );
    expect(row).toEqual({ actor_id: admin.id, detail: { role: 'auditor', active: true } });
    const page = () => person.inject({ url: `/api/streams/user:${person.id}/events` });
    await expect.poll(async () => (await page()).json().events.at(-1)?.data.user.role).toBe('auditor');
  });

  test('accounts and invitations that appear or change are told to administrators, and to nobody else', async () => {
    const page = (by: Person) => by.inject({ url: '/api/streams/users/events?limit=500' });
    const told = async (type: string, id: string) =>
      (await page(admin))
        .json()
        .events.some(
          (event: { type: string; entity: { id: string } }) => event.type === type && event.entity.id === id,
        );
    const invited = await admin.inject({ method: 'POST', url: '/api/invites', payload: { role: 'staff' } });
    const { id: inviteId, url } = invited.json();
    await expect.poll(() => told('invite.changed', inviteId)).toBe(true);
    expect((await page(admin)).body).not.toContain(new URL(url).hash.slice(1));
    const registered = await world.app.inject({
      method: 'POST',
      url: '/api/auth/register',
      payload: {
        invite: new URL(url).hash.slice(1),
        username: 'told-of',
        displayName: '新同事',
        password: 'a fresh password',
      },
    });
    const { id } = registered.json().user;
    await expect.poll(() => told('user.changed', id)).toBe(true);
    await patch(id, { role: 'auditor' });
    await expect
      .poll(async () => (await page(admin)).json().events.at(-1)?.data.user)
      .toMatchObject({ id, role: 'auditor' });
    for (const role of ['staff', 'auditor'] as const) {
      expect((await page(await world.loginAs(role))).statusCode).toBe(404);
    }
  });

  test('of two administrators who remove each other at once, one stays', async () => {
    const own = await createTestApp();
    const [a, b] = [await own.loginAs('admin'), await own.loginAs('admin')];
    const codes = await Promise.all([
      patch(b.id, { active: false }, a),
      patch(a.id, { role: 'staff' }, b),
    ]).then((answers) => answers.map((answer) => answer.statusCode));
    expect(codes.filter((code) => code === 200)).toHaveLength(1);
    const rows = await own.app.db.execute(sql`select 1 from users where role = 'admin' and active`);
    expect(rows).toHaveLength(1);
    await own.close();
  });

  test('the last active administrator can be neither demoted nor deactivated', async () => {
    const own = await createTestApp();
    const last = await own.loginAs('admin');
    for (const change of [{ role: 'staff' }, { active: false }]) {
      const answer = await patch(last.id, change, last);
      expect(answer.statusCode).toBe(409);
      expect(answer.json().type).toBe('last-admin');
    }
    expect((await patch(last.id, { displayName: '仍在' }, last)).statusCode).toBe(200);
    await own.close();
  });

  test('an unknown user is not found', async () => {
    expect((await patch('0199a000-0000-7000-8000-000000000000', { active: false })).statusCode).toBe(404);
  });

  test('an account made by an administrator can sign in; a taken name is refused', async () => {
    const create = () =>
      admin.inject({
        method: 'POST',
        url: '/api/users',
        payload: {
          username: 'Core-System',
          displayName: '核心系统',
          role: 'staff',
          password: 'for the machine 1',
        },
      });
    const created = await create();
    expect(created.statusCode).toBe(201);
    expect(created.json().user).toMatchObject({ username: 'core-system', role: 'staff', active: true });
    const again = await create();
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({ type: 'already-exists', errors: [{ path: 'username' }] });
    const login = await world.app.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { username: 'core-system', password: 'for the machine 1' },
    });
    expect(login.statusCode).toBe(200);
  });

  test('the list comes in pages that neither lose nor repeat anybody', async () => {
    await world.app.db.execute(sql`
      insert into users (id, username, display_name, role, password_hash, created_at)
      select gen_random_uuid(), 'many-' || n, '批量' || n, 'staff', 'x', now() - make_interval(secs => n / 10)
      from generate_series(1, 120) n`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const url: string = `/api/users?search=${encodeURIComponent('批量')}${cursor ? `&cursor=${cursor}` : ''}`;
      const page: { items: { username: string }[]; nextCursor: string | null } = (
        await admin.inject({ url })
      ).json();
      expect(page.items.length).toBeLessThanOrEqual(50);
      seen.push(...page.items.map((user) => user.username));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(120);
    expect(new Set(seen).size).toBe(120);
    expect((await admin.inject({ url: '/api/users?search=%25' })).json().items).toEqual([]);
    expect((await admin.inject({ url: '/api/users?cursor=nonsense' })).statusCode).toBe(422);
  });

  test('everybody sees the names of active people, and no more of them', async () => {
    const staff = await world.loginAs('staff');
    const gone = await world.loginAs('staff');
    await patch(gone.id, { active: false });
    const { items } = (await staff.inject({ url: '/api/people' })).json();
    const ids = items.map((person: { id: string }) => person.id);
    expect(ids).toContain(admin.id);
    expect(ids).not.toContain(gone.id);
    expect(Object.keys(items[0]).toSorted()).toEqual(['displayName', 'id', 'role']);
  });
});

describe('names that people go by', () => {
  const UNSEEN = ['\u200b', '\u202e', '\u3164', '\u2800', '\u200b \u3164', '\n'];

  test('nobody takes a name of which nothing can be seen, on no way in', async () => {
    const person = await world.loginAs('staff');
    const { url } = (
      await admin.inject({ method: 'POST', url: '/api/invites', payload: { role: 'staff' } })
    ).json();
    const invite = new URL(url).hash.slice(1);
    for (const displayName of UNSEEN) {
      const account = { username: 'nobody-to-see', displayName, password: 'a fresh password' };
      const answers = await Promise.all([
        patch(person.id, { displayName }),
        world.app.inject({ method: 'POST', url: '/api/auth/register', payload: { invite, ...account } }),
        admin.inject({ method: 'POST', url: '/api/users', payload: { role: 'staff', ...account } }),
      ]);
      for (const answer of answers) {
        expect(answer.statusCode, JSON.stringify(displayName)).toBe(422);
        expect(answer.json().errors).toEqual([
          { path: 'displayName', message: 'must have characters that can be seen' },
        ]);
      }
    }
  });

  test('a name is kept as it is read: one line, nothing unseen in it', async () => {
    const person = await world.loginAs('staff');
    const payload = { displayName: ' \u202e何\u200b予安\n2026-01-01\u3000 ' };
    await patch(person.id, payload);
    const { user } = (await person.inject({ url: '/api/auth/me' })).json();
    expect(user.displayName).toBe('何予安 2026-01-01');
  });

  test('nobody gives themselves a name; an administrator does, and their language they choose', async () => {
    const person = await world.loginAs('staff');
    const change = (payload: object) => person.inject({ method: 'PATCH', url: '/api/auth/me', payload });
    for (const payload of [{ displayName: admin.name }, { displayName: admin.name, locale: 'en' }]) {
      expect((await change(payload)).statusCode).toBe(422);
    }
    const known = async () => (await person.inject({ url: '/api/auth/me' })).json().user;
    expect(await known()).toMatchObject({ displayName: person.name, locale: 'zh-CN' });
    expect((await change({ locale: 'en' })).statusCode).toBe(200);
    expect((await patch(person.id, { displayName: '林晓' })).statusCode).toBe(200);
    expect(await known()).toMatchObject({ displayName: '林晓', locale: 'en' });
  });

  test('whoever bears a colleague’s name is known in the log by their user name', async () => {
    const person = await world.loginAs('staff');
    await patch(person.id, { displayName: admin.name });
    const payload = { name: '王小明', phone: '13800138000' };
    const { id } = (await person.inject({ method: 'POST', url: '/api/customers', payload })).json();
    const [row] = await world.app.db.execute(
      sql`select actor_name, actor_username from audit_log where entity_id = ${id}`,
    );
    expect(row).toEqual({ actor_name: admin.name, actor_username: person.username });
    const log = () => person.inject({ url: `/api/customers/${id}/events` });
    await expect
      .poll(async () => (await log()).json().events.at(-1)?.actor)
      .toMatchObject({ name: admin.name, username: person.username });
  });
});

describe('invitations', () => {
  const invite = async (payload: object = { role: 'auditor' }) => {
    const answer = await admin.inject({ method: 'POST', url: '/api/invites', payload });
    expect(answer.statusCode).toBe(201);
    const { id, url } = answer.json();
    return { id: id as string, url: url as string, secret: new URL(url).hash.slice(1) };
  };
  const register = (secret: string, username: string) =>
    world.app.inject({
      method: 'POST',
      url: '/api/auth/register',
      payload: { invite: secret, username, displayName: '新同事', password: 'a fresh password' },
    });
  const listed = async (id: string) =>
    (await admin.inject({ url: '/api/invites' })).json().items.find((item: { id: string }) => item.id === id);

  test('make one account with the role they name, which is signed in at once', async () => {
    const { id, secret, url } = await invite();
    expect(new URL(url).pathname).toBe('/register');
    const answer = await register(secret, 'newcomer');
    expect(answer.statusCode).toBe(201);
    expect(answer.json().user).toMatchObject({ username: 'newcomer', role: 'auditor' });
    const cookie = String(answer.headers['set-cookie']).split(';')[0] as string;
    expect((await world.app.inject({ url: '/api/auth/me', headers: { cookie } })).statusCode).toBe(200);
    expect((await register(secret, 'second-comer')).statusCode).toBe(404);
    expect(await listed(id)).toMatchObject({ state: 'used', usedBy: '新同事' });
  });

  test('are used by one of many at once', async () => {
    const { secret } = await invite();
    const codes = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => (await register(secret, `racer-${n}`)).statusCode),
    );
    expect(codes.filter((code) => code === 201)).toHaveLength(1);
    expect(codes.filter((code) => code === 404)).toHaveLength(7);
  });

  test('survive a name that is taken', async () => {
    const { secret } = await invite();
    expect((await register(secret, admin.username)).statusCode).toBe(409);
    expect((await register(secret, 'not-taken')).statusCode).toBe(201);
  });

  test('open nothing once revoked or expired', async () => {
    const revoked = await invite();
    expect((await admin.inject({ method: 'DELETE', url: `/api/invites/${revoked.id}` })).statusCode).toBe(
      204,
    );
    expect((await register(revoked.secret, 'too-late-1')).statusCode).toBe(404);
    expect((await admin.inject({ method: 'DELETE', url: `/api/invites/${revoked.id}` })).statusCode).toBe(
      404,
    );
    const expired = await invite({ role: 'staff', expiresInHours: 1 });
    await world.app.db.execute(
      sql`update invites set expires_at = now() - interval '1 second' where id = ${expired.id}`,
    );
    expect((await register(expired.secret, 'too-late-2')).statusCode).toBe(404);
    expect(await listed(expired.id)).toMatchObject({ state: 'expired' });
  });

  test('are stored as a hash and show their secret once', async () => {
    const { id, secret } = await invite();
    const dump = JSON.stringify(await world.app.db.execute(sql`select * from invites`));
    expect(dump).toContain(hashSecret(secret));
    expect(dump).not.toContain(secret);
    expect(JSON.stringify(await listed(id))).not.toContain(secret);
  });
});

describe('a forgotten password', () => {
  const offer = async (id: string, by = admin) => {
    const answer = await by.inject({ method: 'POST', url: `/api/users/${id}/password-reset` });
    return { answer, token: String(answer.json().url).split('#')[1] as string };
  };
  const reset = (token: string, newPassword = 'a password that is new') =>
    world.app.inject({ method: 'POST', url: '/api/auth/password-reset', payload: { token, newPassword } });
  const login = (username: string, password: string) =>
    world.app.inject({ method: 'POST', url: '/api/auth/login', payload: { username, password } });

  test('is replaced by a link of an administrator, once, and every session ends', async () => {
    const person = await world.loginAs('auditor');
    const { answer, token } = await offer(person.id);
    expect(answer.statusCode).toBe(201);
    expect(answer.json().url).toMatch(/\/reset#/);
    const done = await reset(token);
    expect(done.statusCode).toBe(200);
    expect(done.json().user.id).toBe(person.id);
    expect((await person.inject({ url: '/api/auth/me' })).statusCode).toBe(401);
    const cookie = String(done.headers['set-cookie']).split(';')[0] as string;
    expect((await world.app.inject({ url: '/api/auth/me', headers: { cookie } })).statusCode).toBe(200);
    expect((await login(person.username, TEST_PASSWORD)).statusCode).toBe(401);
    expect((await login(person.username, 'a password that is new')).statusCode).toBe(200);
    expect((await reset(token)).json()).toMatchObject({ status: 404, type: 'reset-invalid' });
    const log = await world.app.db.execute<{ action: string; actor_id: string }>(sql`
      select action, actor_id from audit_log where entity_id = ${person.id} and action like '%password-reset%'
      order by id`);
    expect(log).toMatchObject([
      { action: 'user.password-reset-offered', actor_id: admin.id },
      { action: 'auth.password-reset', actor_id: person.id },
    ]);
    const stored = await world.app.db.execute(sql`select * from password_resets`);
    expect(JSON.stringify(stored)).not.toContain(token);
  });

  test('a link that was replaced, expired or never was opens nothing, nor that of a disabled account', async () => {
    const person = await world.loginAs('staff');
    const replaced = await offer(person.id);
    const expired = await offer(person.id);
    await world.app.db.execute(
      sql`update password_resets set expires_at = now() - interval '1 second' where user_id = ${person.id}`,
    );
    const away = await world.loginAs('staff');
    const disabled = await offer(away.id);
    await patch(away.id, { active: false });
    for (const token of [replaced.token, expired.token, disabled.token, 'x'.repeat(43)]) {
      expect((await reset(token)).json()).toMatchObject({ status: 404, type: 'reset-invalid' });
    }
    expect((await login(person.username, TEST_PASSWORD)).statusCode).toBe(200);
  });

  test('ten who use one link at one moment set one password', async () => {
    const person = await world.loginAs('staff');
    const { token } = await offer(person.id);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => reset(token, `a password that is new ${n}`)),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  });

  test('a link is not made by anybody else, nor answered a second time', async () => {
    const person = await world.loginAs('staff');
    expect((await offer(person.id, person)).answer.statusCode).toBe(403);
    const headers = { 'idempotency-key': 'the same request' };
    const ask = () =>
      admin.inject({ method: 'POST', url: `/api/users/${person.id}/password-reset`, headers });
    expect((await ask()).json().url).toBeDefined();
    expect((await ask()).json().url).toBeUndefined();
  });

  test('guesses at links are limited by address', async () => {
    const limited = await createTestApp({ LOGIN_MAX_FAILURES: '3' });
    const guess = () =>
      limited.app.inject({
        method: 'POST',
        url: '/api/auth/password-reset',
        payload: { token: 'x'.repeat(43), newPassword: 'a password that is new' },
      });
    const codes: number[] = [];
    for (let n = 0; n < 5; n += 1) codes.push((await guess()).statusCode);
    expect(codes).toEqual([404, 404, 404, 429, 429]);
    await limited.close();
  });
});
