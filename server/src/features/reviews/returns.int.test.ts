import { recalculateCustomers } from '@qijian/core/recalculation.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewFiles } from '../../testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';

let world: TestApp;
let staff: Person;
let auditor: Person;
let admin: Person;
let files: ReturnType<typeof reviewFiles>;
beforeAll(async () => {
  world = await createTestApp();
  staff = await world.loginAs('staff', '林晓');
  auditor = await world.loginAs('auditor');
  admin = await world.loginAs('admin');
  files = reviewFiles(world, staff);
});
afterAll(() => world.close());

/** A command on the file as it is now. */
async function give(person: Person, id: string, path: string, body: object = {}) {
  const { version } = await files.read(id);
  return files.post(person, `/api/customers/${id}/${path}`, { version, ...body });
}
/** The file once everything has been calculated again, as the worker does after each change. */
async function settled(id: string): Promise<Customer> {
  await world.app.db.transaction((tx) => recalculateCustomers(tx, [id]));
  return files.read(id);
}
const returnedFiles = async (): Promise<string[]> => {
  const url = '/api/customers?status=pending&returned=true&pageSize=50';
  const { items } = (await auditor.inject({ method: 'GET', url })).json();
  return items.map((customer: Customer) => customer.id);
};
/** Two statements, the first of them rejected, and the file returned. */
async function returnedStatement(): Promise<string> {
  const { id } = await files.submitted('pending');
  const statement = await files.documentOf(id, 'bank_statement');
  await files.addDocument(id, 'bank_statement', staff);
  const verdict = { version: statement.version, verdict: 'rejected', reasonCode: 'blurred' };
  expect((await files.post(auditor, `/api/documents/${statement.id}/review`, verdict)).statusCode).toBe(200);
  expect((await give(auditor, id, 'decision', { decision: 'return', reason: '请重拍' })).statusCode).toBe(
    200,
  );
  return id;
}

describe('a returned file', () => {
  test('stays returned although another file of the rejected type remains, until a newer one comes', async () => {
    const id = await returnedStatement();
    expect(await settled(id)).toMatchObject({ status: 'pending', missing: ['bank_statement'] });
    expect((await files.read(id)).pieces).toContainEqual({ type: 'bank_statement', state: 'returned' });
    expect(await returnedFiles()).toContain(id);
    const unchanged = await give(staff, id, 'submit');
    expect([unchanged.statusCode, unchanged.json().missing]).toEqual([409, ['bank_statement']]);
    await files.addDocument(id, 'bank_statement', staff);
    expect((await settled(id)).status).toBe('complete');
    expect(await returnedFiles()).not.toContain(id);
    expect((await give(staff, id, 'submit')).json().status).toBe('reviewing');
  });

  test('needs something newer of a type that was asked for although it had one', async () => {
    const { id } = await files.submitted();
    const body = { decision: 'return', reason: '请补最近三个月', requestedTypes: ['income_proof'] };
    await give(auditor, id, 'decision', body);
    expect(await settled(id)).toMatchObject({ status: 'pending', missing: ['income_proof'] });
    expect(await returnedFiles()).toContain(id);
    expect((await give(staff, id, 'submit')).statusCode).toBe(409);
    await files.addDocument(id, 'income_proof', staff);
    expect((await settled(id)).status).toBe('complete');
  });

  test('waits for an optional document that was returned', async () => {
    const { id } = await files.submitted();
    const house = await files.addDocument(id, 'property_proof', staff);
    const verdict = { version: 1, verdict: 'rejected', reasonCode: 'expired' };
    await files.post(auditor, `/api/documents/${house}/review`, verdict);
    await give(auditor, id, 'decision', { decision: 'return', reason: '过期了' });
    expect(await settled(id)).toMatchObject({ status: 'pending', missing: ['property_proof'] });
  });

  test('goes on once staff say why nothing new is needed, which the auditor is shown', async () => {
    const id = await returnedStatement();
    const waive = { type: 'bank_statement', waived: true };
    expect((await give(staff, id, 'waive', waive)).json().errors[0].path).toBe('reason');
    expect((await give(auditor, id, 'waive', { ...waive, reason: '有另一份' })).statusCode).toBe(403);
    const said = await give(staff, id, 'waive', { ...waive, reason: ' 另一份已包含这几个月 ' });
    const excused = { type: 'bank_statement', reason: '另一份已包含这几个月', by: '林晓' };
    expect(said.json().excusedTypes).toMatchObject([excused]);
    expect((await settled(id)).status).toBe('complete');
    expect(await files.auditOf(id, 'customer.type-waived')).toBe(1);
    await give(staff, id, 'waive', { ...waive, waived: false });
    expect((await settled(id)).status).toBe('pending');
    await give(staff, id, 'waive', { ...waive, reason: '另一份已包含这几个月' });
    await give(staff, id, 'submit');
    const seen = await auditor.inject({ method: 'GET', url: `/api/customers/${id}/workspace` });
    expect(seen.json().customer.excusedTypes).toMatchObject([excused]);
    // Asked for once more, it is needed once more.
    const again = { decision: 'return', reason: '还是要', requestedTypes: ['bank_statement'] };
    expect((await give(auditor, id, 'decision', again)).json()).toMatchObject({
      missing: ['bank_statement'],
      excusedTypes: [],
    });
  });

  test('is not asked for a type that was removed, or went out of use, a moment ago', async () => {
    const type = (code: string, order: number) => ({
      code,
      name: { zh: '租房合同', en: 'Lease' },
      required: false,
      order,
      minPages: 1,
      maxAgeDays: null,
      instructions: { zh: '拍全每一页', en: 'Every page' },
      active: true,
      waivable: true,
    });
    await files.post(admin, '/api/document-types', type('lease', 11));
    await files.post(admin, '/api/document-types', type('permit', 12));
    const { id } = await files.submitted();
    await admin.inject({ method: 'DELETE', url: '/api/document-types/lease' });
    const outOfUse = { version: 1, active: false };
    await admin.inject({ method: 'PATCH', url: '/api/document-types/permit', payload: outOfUse });
    for (const gone of ['lease', 'permit']) {
      const body = { decision: 'return', reason: '请补', requestedTypes: ['income_proof', gone] };
      const answer = await give(auditor, id, 'decision', body);
      expect([answer.statusCode, answer.json().errors[0].path]).toEqual([422, 'requestedTypes.1']);
    }
    expect(await files.read(id)).toMatchObject({ status: 'reviewing', requestedTypes: [] });
  });

  test('does not come of a decision that returns nothing', async () => {
    const { id } = await files.submitted();
    const answer = await give(auditor, id, 'decision', { decision: 'return', reason: '请补' });
    expect([answer.statusCode, answer.json().errors[0].path]).toEqual([422, 'requestedTypes']);
    expect((await files.read(id)).status).toBe('reviewing');
  });

  test('whose required document was rejected alone cannot do without it', async () => {
    const { id } = await files.submitted('pending');
    const front = await files.documentOf(id, 'id_card_front');
    const verdict = { version: front.version, verdict: 'rejected', reasonCode: 'dark' };
    await files.post(auditor, `/api/documents/${front.id}/review`, verdict);
    await give(auditor, id, 'decision', { decision: 'return', reason: '过暗' });
    const answer = await give(staff, id, 'waive', { type: 'id_card_front', waived: true, reason: '不用' });
    expect(answer.json().type).toBe('state-conflict');
  });
});
