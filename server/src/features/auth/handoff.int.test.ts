import { handoffs } from '@qijian/db/schema/links.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { addCustomer } from '../portal/testing/phones.ts';

let world: TestApp;
let staff: Person;
let customerId: string;
beforeAll(async () => {
  world = await createTestApp();
  staff = await world.loginAs('staff', '林晓');
  customerId = (await addCustomer(staff)).id;
});
afterAll(() => world.close());

async function offer(by: Person): Promise<string> {
  const answer = await by.inject({ method: 'POST', url: `/api/customers/${customerId}/handoff` });
  expect(answer.statusCode, answer.body).toBe(201);
  const { url, expiresAt } = answer.json();
  expect(url).toMatch(/^http:\/\/[^/]+\/handoff#[\w-]{43}$/);
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(120_000);
  return url.split('#')[1];
}
const accept = (token: string) =>
  world.app.inject({ method: 'POST', url: '/api/auth/handoff', payload: { token } });

test('the same person goes on on a phone, once, with a session of its own', async () => {
  const token = await offer(staff);
  const answers = await Promise.all(Array.from({ length: 10 }, () => accept(token)));
  const [opened, ...more] = answers.filter(({ statusCode }) => statusCode === 200);
  expect(more).toEqual([]);
  expect(answers.filter(({ statusCode }) => statusCode === 404)).toHaveLength(9);
  expect(opened?.json()).toMatchObject({ user: { id: staff.id, displayName: '林晓' }, customerId });
  const cookie = String(opened?.headers['set-cookie']).split(';')[0] as string;
  expect(cookie).not.toBe(staff.cookie);
  const me = await world.app.inject({ url: '/api/auth/me', headers: { cookie } });
  expect(me.json().user.id).toBe(staff.id);
});

test('what is stored opens nothing, and a code that is too old neither', async () => {
  const token = await offer(staff);
  const rows = await world.app.db.select().from(handoffs);
  expect(rows.map((row) => row.tokenHash)).not.toContain(token);
  expect((await accept(rows[0]?.tokenHash as string)).json().type).toBe('handoff-invalid');
  await world.app.db.update(handoffs).set({ expiresAt: new Date(Date.now() - 1) });
  expect((await accept(token)).json().type).toBe('handoff-invalid');
});

test('a code ends with the session that asked for it', async () => {
  const person = await world.loginAs('staff');
  const token = await offer(person);
  await person.inject({ method: 'POST', url: '/api/auth/logout' });
  expect((await accept(token)).json().type).toBe('handoff-invalid');
});

test('programs and auditors get none, and there is none for a customer nobody knows', async () => {
  const made = await staff.inject({ method: 'POST', url: '/api/auth/tokens', payload: { name: 'program' } });
  const program = await world.app.inject({
    method: 'POST',
    url: `/api/customers/${customerId}/handoff`,
    headers: { authorization: `Bearer ${made.json().token}` },
  });
  expect([program.statusCode, program.json().type]).toEqual([403, 'not-allowed']);
  const auditor = await world.loginAs('auditor');
  const url = `/api/customers/${customerId}/handoff`;
  expect((await auditor.inject({ method: 'POST', url })).statusCode).toBe(403);
  const unknown = url.replace(customerId, staff.id);
  expect((await staff.inject({ method: 'POST', url: unknown })).statusCode).toBe(404);
});
