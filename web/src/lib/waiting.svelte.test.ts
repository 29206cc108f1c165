import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { idOf, sampleCustomer } from '@qijian/e2e/fixtures/contract-samples.ts';
import {
  AnsweringServer,
  enterPage,
  held,
  leavePage,
  quiet,
  Refusal,
  until,
} from '@qijian/e2e/fixtures/page-surroundings.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { draftOf, forgetDrafts } from './drafts.ts';
import { pending } from './pending.svelte.ts';
import { doOrKeep, forgetWaiting, sendWaiting, startWaiting } from './waiting.svelte.ts';

const EDIT = 'PATCH /api/customers/:id';
const ME = 'me';

let server: AnsweringServer;
let stop: () => void;

beforeEach(() => {
  server = new AnsweringServer().on(EDIT, () => sampleCustomer(1, { revision: 2 }));
  enterPage(server);
  stop = startWaiting(ME, () => true);
});
afterEach(() => {
  forgetWaiting();
  stop();
  leavePage();
});

const edit = () =>
  doOrKeep(
    EDIT,
    { params: { id: idOf(1) }, body: { version: 1, note: '周五' } },
    { id: 'key', customerId: idOf(1), customer: '陈思远', text: '备注' },
  );
const stored = () => draftOf<unknown[]>(ME, 'waiting changes').read();

describe('what was written without a connection', () => {
  it('is kept, shown, and sent under its own key as soon as that is possible', async () => {
    server.isCut = true;
    expect(await edit()).toBeNull();
    expect([stored()?.length, pending.list.map(({ text }) => text)]).toEqual([1, ['备注']]);
    server.isCut = false;
    vi.advanceTimersByTime(5_000);
    await until(() => pending.list.length === 0);
    expect(server.of(EDIT).map(({ headers }) => headers['idempotency-key'])).toEqual(['key']);
    expect(stored()).toBeNull();
  });

  it('is not kept where the server says no', async () => {
    server.on(EDIT, () => {
      throw new Refusal('fields-frozen');
    });
    await expect(edit()).rejects.toThrow();
    expect([stored(), pending.list]).toEqual([null, []]);
  });

  it('is gone for good once its writer logs out: from the screen, the tab and the next page', async () => {
    server.isCut = true;
    await edit();
    forgetWaiting();
    expect([stored(), pending.list]).toEqual([null, []]);
    stop();
    server.isCut = false;
    stop = startWaiting(ME, () => true);
    vi.advanceTimersByTime(60_000);
    await quiet();
    expect(server.asked).toEqual([]);
  });

  it('does not come back with the answer to what was on its way at that moment', async () => {
    server.isCut = true;
    await edit();
    server.isCut = false;
    const answer = held<Customer>();
    server.on(EDIT, () => answer.promise);
    sendWaiting();
    await until(() => server.of(EDIT).length === 1);
    forgetWaiting();
    answer.fail(new Refusal('fields-frozen'));
    await quiet();
    expect([stored(), pending.list]).toEqual([null, []]);
  });
});

describe('drafts on a tab', () => {
  it('are all gone after logging out, and another’s when somebody else signs in', () => {
    draftOf<string>(ME, 'note').keep('mine');
    draftOf<string>('other', 'note').keep('theirs');
    sessionStorage.setItem('workspace-slot', 'stays');
    forgetDrafts(ME);
    expect([draftOf(ME, 'note').read(), draftOf('other', 'note').read()]).toEqual(['mine', null]);
    forgetDrafts();
    expect([draftOf(ME, 'note').read(), sessionStorage.getItem('workspace-slot')]).toEqual([null, 'stays']);
  });
});
