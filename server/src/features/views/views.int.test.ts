import type { SavedView } from '@qijian/domain/contract/api/views.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let auditor: Person;
let colleague: Person;
let staff: Person;
beforeAll(async () => {
  world = await createTestApp();
  auditor = await world.loginAs('auditor');
  colleague = await world.loginAs('auditor');
  staff = await world.loginAs('staff');
});
afterAll(() => world.close());

const save = (person: Person, payload: Record<string, unknown>) =>
  person.inject({ method: 'POST', url: '/api/views', payload });
const views = async (person: Person): Promise<SavedView[]> =>
  (await person.inject({ method: 'GET', url: '/api/views' })).json().items;

test('a view of the queue is stored beside those of the customer list, for its owner alone', async () => {
  const ofQueue = { name: '我的加急', list: 'review-queue', query: 'level=near&product=mortgage' };
  expect((await save(auditor, ofQueue)).json()).toMatchObject({ ...ofQueue, count: null });
  expect((await save(auditor, { name: '待收', query: 'status=pending' })).statusCode).toBe(201);
  expect(await views(auditor)).toMatchObject([
    ofQueue,
    { name: '待收', list: 'customers', query: 'status=pending', count: { count: 0, isExact: true } },
  ]);
  expect(await views(colleague)).toEqual([]);
});

test('a view stays with its list, is renamed by its owner and by nobody else', async () => {
  const [view] = await views(auditor);
  const rename = (person: Person, payload: Record<string, unknown>) =>
    person.inject({ method: 'PATCH', url: `/api/views/${view?.id}`, payload });
  const renamed = { name: '今天先看', list: 'review-queue', query: 'level=near' };
  expect((await rename(auditor, renamed)).json()).toMatchObject(renamed);
  expect((await rename(colleague, renamed)).statusCode).toBe(404);
  expect((await rename(auditor, { name: '换', query: 'status=pending' })).statusCode).toBe(404);
});

test('what is no filter of the queue is refused by name of the field', async () => {
  for (const query of ['level=never', 'nothing=1', 'sort=name']) {
    const answer = await save(auditor, { name: '错', list: 'review-queue', query });
    expect(answer.statusCode, query).toBe(422);
    expect(answer.json().errors).toMatchObject([{ path: 'query' }]);
  }
  const elsewhere = await save(auditor, { name: '错', list: 'users', query: '' });
  expect(elsewhere.json().errors).toMatchObject([{ path: 'list' }]);
});

test('who does not review saves no view of the queue', async () => {
  const answer = await save(staff, { name: '偷看', list: 'review-queue', query: '' });
  expect(answer.statusCode).toBe(403);
});

test('of two views with one name, however it is written, the second is refused, also at the same moment', async () => {
  const names = ['本周 Due', '本周 due', '本周　Ｄｕｅ', ...Array.from({ length: 9 }, () => '本周 DUE')];
  const answers = await Promise.all(names.map((name) => save(colleague, { name, query: '' })));
  expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ type: 'already-exists', errors: [{ path: 'name' }] });
  }
  expect((await save(staff, { name: '本周 due', query: '' })).statusCode).toBe(201);
  const other = (await save(colleague, { name: '下周', query: '' })).json() as SavedView;
  const rename = (name: string) =>
    colleague.inject({ method: 'PATCH', url: `/api/views/${other.id}`, payload: { name, query: '' } });
  expect((await rename('下周')).statusCode).toBe(200);
  expect((await rename('本周 dUE')).json()).toMatchObject({ status: 409, errors: [{ path: 'name' }] });
});
