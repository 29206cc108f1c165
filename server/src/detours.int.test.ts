import { recalculateCustomers } from '@qijian/core/recalculation.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { eq, sql } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPhone } from './features/portal/testing/phones.ts';
import { reviewFiles } from './testing/review-files.ts';
import { createTestApp, type Person, type TestApp } from './testing/test-app.ts';

// No right follows from what its holder can bring about: for each right, what the role may write or command is tried as
// a way to it.

let world: TestApp;
let files: ReturnType<typeof reviewFiles>;
let admin: Person;
let creator: Person;
let colleague: Person;
let auditor: Person;
beforeAll(async () => {
  world = await createTestApp();
  admin = await world.loginAs('admin');
  creator = await world.loginAs('staff');
  colleague = await world.loginAs('staff');
  auditor = await world.loginAs('auditor');
  files = reviewFiles(world, creator);
});
afterAll(() => world.close());

const add = async (by = creator, fields: object = {}): Promise<Customer> =>
  (await files.post(by, '/api/customers', { name: '王小明', phone: '13800000021', ...fields })).json();
const edit = async (by: Person, id: string, fields: object) =>
  by.inject({
    method: 'PATCH',
    url: `/api/customers/${id}`,
    payload: { version: (await files.read(id)).version, ...fields },
  });
const command = async (by: Person, id: string, name: string, fields: object = {}) =>
  files.post(by, `/api/customers/${id}/${name}`, { version: (await files.read(id)).version, ...fields });
const remove = async (by: Person, id: string) => {
  const { version, name } = await files.read(id);
  return by.inject({
    method: 'DELETE',
    url: `/api/customers/${id}`,
    payload: { version, confirmName: name },
  });
};
const done = (answer: LightMyRequestResponse) => expect(answer.statusCode, answer.body).toBeLessThan(300);
const giveTo = (by: Person, id: string, ownerId: string) =>
  files.post(by, '/api/customers/owner', { customerIds: [id], ownerId });
const nameOneself = (by: Person, displayName: string) =>
  admin.inject({ method: 'PATCH', url: `/api/users/${by.id}`, payload: { displayName } });

describe('a colleague’s customer is not deleted by whoever', () => {
  const WAYS: Record<string, (id: string) => Promise<unknown>> = {
    'makes themselves its owner': async (id) => done(await edit(colleague, id, { ownerId: colleague.id })),
    'takes it over with others from the list': async (id) => done(await giveTo(colleague, id, colleague.id)),
    'is given it by its creator': async (id) => done(await giveTo(creator, id, colleague.id)),
    'changes every field there is': async (id) =>
      done(
        await edit(colleague, id, {
          name: '王小明',
          phone: '13800000022',
          product: 'credit',
          amount: 100_000,
          termMonths: 12,
          branch: '本部',
          note: '我的',
          dueAt: '2027-01-01T00:00:00Z',
        }),
      ),
    'calls themselves what its creator is called': async () =>
      done(await nameOneself(colleague, creator.name)),
    'marks a type as not applicable': async (id) =>
      done(await command(colleague, id, 'waive', { type: 'other', waived: true })),
    'uploads, writes, invites and goes over to their phone': async (id) => {
      await files.addDocument(id, 'other', colleague);
      done(await files.post(colleague, `/api/customers/${id}/comments`, { body: '我来' }));
      done(await files.post(colleague, `/api/customers/${id}/links`, {}));
      done(await files.post(colleague, `/api/customers/${id}/handoff`));
    },
  };
  test.each(Object.keys(WAYS))('%s', async (way) => {
    const { id } = await add();
    await WAYS[way]?.(id);
    expect((await remove(colleague, id)).statusCode).toBe(403);
    done(await remove(creator, id));
  });

  test('was named its owner when somebody else created it', async () => {
    const { id } = await add(colleague, { ownerId: creator.id });
    expect((await remove(creator, id)).statusCode).toBe(403);
    done(await remove(colleague, id));
  });
});

describe('what an auditor has worked on is not deleted by staff, though they created it and it is pending', () => {
  const pending = async (id: string) => expect((await files.read(id)).status).toBe('pending');
  const WAYS: Record<string, (id: string) => Promise<unknown>> = {
    'after a return': async (id) => {
      done(
        await command(auditor, id, 'decision', {
          decision: 'return',
          reason: '补一份',
          requestedTypes: ['property_proof'],
        }),
      );
    },
    'after they reopened what was rejected': async (id) => {
      done(await command(auditor, id, 'decision', { decision: 'reject', reason: '不符合' }));
      done(await command(creator, id, 'reopen', { reason: '有新资料' }));
      // Pending again, as when something expires.
      await world.app.db.execute(sql`update customers set status = 'pending' where id = ${id}`);
    },
    'after they withdrew what was judged in part': async (id) => {
      done(await command(auditor, id, 'claim'));
      const row = await files.documentOf(id, 'income_proof');
      done(
        await files.post(auditor, `/api/documents/${row.id}/review`, {
          version: row.version,
          verdict: 'rejected',
          reasonCode: 'blurred',
        }),
      );
      done(await command(auditor, id, 'release'));
      done(await command(creator, id, 'withdraw'));
    },
  };
  test.each(Object.keys(WAYS))('%s', async (way) => {
    const { id } = await files.submitted('pending');
    await WAYS[way]?.(id);
    await pending(id);
    expect((await remove(creator, id)).statusCode).toBe(409);
    done(await remove(admin, id));
  });

  test('and what they withdrew before anybody looked is still theirs', async () => {
    const { id } = await files.submitted('pending');
    done(await command(creator, id, 'withdraw'));
    const row = await files.documentOf(id, 'income_proof');
    done(await creator.inject({ method: 'DELETE', url: `/api/documents/${row.id}` }));
    await world.app.db.transaction((tx) => recalculateCustomers(tx, [id]));
    await pending(id);
    done(await remove(creator, id));
    expect((await files.post(creator, `/api/customers/${id}/restore`)).statusCode).toBe(403);
  });
});

describe('a colleague’s document', () => {
  test('is not deleted or moved by the owner of the file, nor under the uploader’s name', async () => {
    const { id } = await add();
    const document = await files.addDocument(id, 'other', creator);
    done(await edit(colleague, id, { ownerId: colleague.id }));
    done(await nameOneself(colleague, creator.name));
    const url = `/api/documents/${document}`;
    expect((await colleague.inject({ method: 'DELETE', url })).statusCode).toBe(403);
    expect(
      (await colleague.inject({ method: 'PATCH', url, payload: { type: 'credit_report' } })).statusCode,
    ).toBe(403);
    done(await creator.inject({ method: 'DELETE', url }));
    expect((await files.post(colleague, `${url}/restore`)).statusCode).toBe(404);
  });
});

describe('nobody gives themselves another role', () => {
  test.each(['staff', 'auditor'] as const)('as %s', async (role) => {
    const person = await world.loginAs(role);
    const to = { role: 'admin' };
    const ways = await Promise.all([
      person.inject({ method: 'PATCH', url: '/api/auth/me', payload: { locale: 'en', ...to } }),
      person.inject({ method: 'PATCH', url: `/api/users/${person.id}`, payload: to }),
      files.post(person, '/api/invites', to),
    ]);
    for (const answer of ways) expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    const me = await person.inject({ url: '/api/auth/me' });
    expect(me.json().user.role).toBe(role);
  });
});

describe('what a decision rests on stays as it is', () => {
  const FIELDS = {
    name: '李华',
    phone: '13900000022',
    idNumber: '11010519491231002X',
    product: 'car',
    amount: 990_000,
    termMonths: 36,
  };
  const STATES: Record<string, (id: string) => Promise<unknown>> = {
    reviewing: async () => {},
    approved: async (id) => done(await command(auditor, id, 'decision', { decision: 'approve' })),
    rejected: async (id) =>
      done(await command(auditor, id, 'decision', { decision: 'reject', reason: '不符合' })),
  };
  test.each(Object.keys(STATES))('in a file that is %s, for whoever edits it', async (state) => {
    const { id } = await files.submitted();
    await STATES[state]?.(id);
    const before = await files.read(id);
    for (const person of [creator, admin]) {
      for (const [field, value] of Object.entries(FIELDS)) {
        const answer = await edit(person, id, { [field]: value, note: '顺便' });
        expect(answer.statusCode, field).toBe(409);
        expect(answer.json()).toMatchObject({ type: 'fields-frozen', errors: [{ path: field }] });
      }
    }
    expect(await files.read(id)).toEqual(before);
    done(await edit(creator, id, { note: '晚上联系', ownerId: colleague.id, dueAt: '2027-01-01T00:00:00Z' }));
  });

  test('and a withdrawn file can be changed again', async () => {
    const { id } = await files.submitted();
    expect((await edit(creator, id, { amount: 990_000 })).statusCode).toBe(409);
    done(await command(creator, id, 'withdraw'));
    done(await edit(creator, id, { amount: 990_000 }));
  });

  test('no document leaves what was submitted: not deleted, not moved, not taken back on the phone', async () => {
    const { id } = await files.submitted('pending');
    const phone = await openPhone(world, creator, id, { code: '0021' });
    const row = await files.documentOf(id, 'id_card_front');
    const url = `/api/documents/${row.id}`;
    const move = { method: 'PATCH', url, payload: { type: 'other' } } as const;
    expect((await creator.inject({ method: 'DELETE', url })).statusCode).toBe(409);
    expect((await creator.inject(move)).statusCode).toBe(409);
    expect((await admin.inject(move)).statusCode).toBe(409);
    await world.app.db.update(documents).set({ linkId: phone.link.id }).where(eq(documents.id, row.id));
    const undo = await phone.inject({ method: 'DELETE', url: `/api/portal/documents/${row.id}` });
    expect(undo.statusCode).toBe(409);

    // What comes later may go again until it is judged.
    done(await phone.send('id_card_front', { 'b.jpg': sampleJpeg() }));
    const later = await files.addDocument(id, 'other', creator);
    done(
      await creator.inject({
        method: 'PATCH',
        url: `/api/documents/${later}`,
        payload: { type: 'income_proof' },
      }),
    );
    done(await creator.inject({ method: 'DELETE', url: `/api/documents/${later}` }));
    expect((await files.read(id)).status).toBe('reviewing');
  });

  test('a type is not marked as not applicable once the file is decided', async () => {
    const { id } = await files.submitted();
    done(await command(auditor, id, 'decision', { decision: 'approve' }));
    expect((await command(creator, id, 'waive', { type: 'other', waived: true })).statusCode).toBe(409);
  });
});
