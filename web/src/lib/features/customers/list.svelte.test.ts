import type { CustomerListAnswer } from '@qijian/domain/contract/api/customer-list.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import {
  AUDITOR,
  actor,
  COLLEAGUE,
  idOf,
  sampleCustomer,
  sampleDocument,
  sampleEvent,
  sampleList,
} from '@qijian/e2e/fixtures/contract-samples.ts';
import {
  AnsweringServer,
  enterPage,
  held,
  leavePage,
  Refusal,
} from '@qijian/e2e/fixtures/page-surroundings.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CustomerListState } from './list.svelte.ts';
import type { ListOutcome } from './list-page.ts';

const LIST = 'GET /api/customers';
const SYSTEM = { kind: 'system' as const, id: null, name: '' };

let server: AnsweringServer;
let list: CustomerListState;
let seq: number;

const ids = () => list.items.map(({ id }) => Number(id.slice(-4)));
const answer = (...numbers: number[]): { answer: CustomerListAnswer } => ({
  answer: sampleList(numbers.map((number) => sampleCustomer(number))),
});
const pageOf = (numbers: number[], nextCursor: string | null) =>
  sampleList(
    numbers.map((number) => sampleCustomer(number)),
    { nextCursor },
  );
function changed(customer: Customer, by = actor(COLLEAGUE)) {
  seq += 1;
  return sampleEvent('customer.updated', { customer, changes: [] }, by, seq);
}

beforeEach(() => {
  seq = 0;
  server = new AnsweringServer();
  enterPage(server, { dateToo: true });
  list = new CustomerListState(AUDITOR.id);
});
afterEach(() => {
  leavePage();
});

describe('a list that is asked for something else', () => {
  it('shows the answer to what was asked for last, whichever comes last', async () => {
    const [slow, quick] = [held<ListOutcome>(), held<ListOutcome>()];
    const first = list.take(slow.promise, new URLSearchParams('q=a'));
    const second = list.take(quick.promise, new URLSearchParams('q=b'));
    quick.come(answer(3, 2));
    expect(await second).toBe(true);
    slow.come(answer(1));
    expect(await first).toBe(false);
    expect([ids(), list.loading]).toEqual([[3, 2], false]);
  });

  it('keeps the rows from before while it is under way, and the cursor on its customer', async () => {
    await list.take(answer(3, 2, 1), new URLSearchParams());
    list.cursor = 1;
    const next = held<ListOutcome>();
    const taking = list.take(next.promise, new URLSearchParams());
    expect([ids(), list.loading]).toEqual([[3, 2, 1], true]);
    next.come(answer(9, 3, 2));
    await taking;
    expect(list.current?.id).toBe(idOf(2));
  });

  it('keeps the rows when the server is not reached, but not those of another address', async () => {
    await list.take(answer(1), new URLSearchParams('q=a'));
    const failure = new Error('cut');
    await list.take({ failure } as ListOutcome, new URLSearchParams('q=a'));
    expect([ids(), list.failures, list.answered]).toEqual([[1], 1, true]);
    await list.take({ failure } as ListOutcome, new URLSearchParams('q=b'));
    expect([ids(), list.failures, list.answered]).toEqual([[], 2, false]);
    await list.take(answer(5), new URLSearchParams('q=b'));
    expect([ids(), list.failures, list.failure]).toEqual([[5], 0, null]);
  });
});

describe('a change that a list hears of', () => {
  beforeEach(() => list.take(answer(3, 2, 1), new URLSearchParams()));

  it('changes the row in its place and shows for a moment who did it', () => {
    list.apply(changed(sampleCustomer(2, { revision: 2, note: '新' })));
    expect(ids()).toEqual([3, 2, 1]);
    expect(list.items[1]?.note).toBe('新');
    expect([list.changed.has(idOf(2)), list.flashing.has(idOf(2))]).toEqual([true, true]);
    expect(list.fresh.get(idOf(2))?.by).toBe(COLLEAGUE.displayName);
    vi.advanceTimersByTime(60_000);
    expect([list.flashing.size, list.fresh.size, list.changed.size]).toEqual([0, 0, 1]);
  });

  it('is not shown twice, nor undone by what is older', () => {
    list.apply(changed(sampleCustomer(2, { revision: 3, note: '新' })));
    list.changed.clear();
    list.apply(changed(sampleCustomer(2, { revision: 3, note: '新' })));
    list.apply(changed(sampleCustomer(2, { revision: 2, note: '旧' })));
    expect(list.items[1]?.note).toBe('新');
    expect(list.changed.size).toBe(0);
  });

  it('is no news when it is one’s own, nor what the system makes of it soon after', () => {
    list.apply(changed(sampleCustomer(2, { revision: 2 }), actor(AUDITOR)));
    list.apply(changed(sampleCustomer(2, { revision: 3 }), SYSTEM));
    expect([list.changed.size, list.flashing.size]).toEqual([0, 0]);
    list.apply(changed(sampleCustomer(1, { revision: 2 }), SYSTEM));
    expect([...list.changed]).toEqual([idOf(1)]);
  });

  it('says what a colleague uploaded, also after the system has looked at it', () => {
    const customer = sampleCustomer(2, { revision: 2 });
    const document = sampleDocument(50, { type: 'bank_statement', customerId: customer.id });
    list.apply(sampleEvent('document.added', { customer, document }, actor(COLLEAGUE), 1));
    list.apply(
      sampleEvent('document.ready', { customer: { ...customer, revision: 3 }, document }, SYSTEM, 2),
    );
    expect(list.fresh.get(idOf(2))).toEqual({ by: COLLEAGUE.displayName, uploaded: 'bank_statement' });
  });

  it('leaves a row where it is that no longer belongs, until the list is sorted again', async () => {
    await list.take(answer(2, 1), new URLSearchParams('status=pending'));
    list.apply(changed(sampleCustomer(2, { revision: 2, status: 'approved' })));
    expect([ids(), list.stale.has(idOf(2))]).toEqual([[2, 1], true]);
    await list.take(answer(1), new URLSearchParams('status=pending'));
    expect([list.stale.size, list.changed.size]).toEqual([0, 0]);
  });

  it('counts a customer that has come, without moving the rows', () => {
    list.apply(changed(sampleCustomer(9)));
    expect([ids(), list.changed.has(idOf(9))]).toEqual([[3, 2, 1], true]);
  });

  it('does not go back behind the answer to one’s own command', () => {
    list.replace([sampleCustomer(2, { revision: 5, note: '我的' })]);
    list.apply(changed(sampleCustomer(2, { revision: 4, note: '旧' })));
    expect(list.items[1]?.note).toBe('我的');
    list.replace([sampleCustomer(2, { revision: 4, note: '旧' })]);
    expect(list.items[1]?.note).toBe('我的');
  });
});

describe('further rows', () => {
  beforeEach(() => list.take({ answer: pageOf([9, 8], 'next') }, new URLSearchParams()));

  it('are asked for once, and stand below without a double', async () => {
    server.on(LIST, () => pageOf([8, 7], null));
    await Promise.all([list.more(), list.more()]);
    expect(server.of(LIST)).toHaveLength(1);
    expect([ids(), list.nextCursor, list.loading]).toEqual([[9, 8, 7], null, false]);
    await list.more();
    expect(server.of(LIST)).toHaveLength(1);
  });

  it('have what happened to them while they were read', async () => {
    const page = held<CustomerListAnswer>();
    server.on(LIST, () => page.promise);
    const more = list.more();
    list.apply(changed(sampleCustomer(7, { revision: 2, note: '新' })));
    page.come(pageOf([7], null));
    await more;
    expect(list.items[2]?.note).toBe('新');
  });

  it('are not put under the rows of another address', async () => {
    const page = held<CustomerListAnswer>();
    server.on(LIST, () => page.promise);
    const more = list.more();
    await list.take(answer(3), new URLSearchParams('q=b'));
    page.come(pageOf([7], null));
    await more;
    expect([ids(), list.loading]).toEqual([[3], false]);
  });

  it('come as they are now, also when those of the address before are still on their way', async () => {
    const [old, page] = [held<CustomerListAnswer>(), held<CustomerListAnswer>()];
    server.on(LIST, ({ query }) => (query.cursor === 'next' ? old.promise : page.promise));
    const before = list.more();
    await list.take({ answer: pageOf([6], 'then') }, new URLSearchParams('q=b'));
    const more = list.more();
    old.come(pageOf([7], null));
    await before;
    list.apply(changed(sampleCustomer(5, { revision: 2, note: '新' })));
    page.come(pageOf([5], null));
    await more;
    expect(ids()).toEqual([6, 5]);
    expect(list.items[1]?.note).toBe('新');
  });

  it('can be asked for again when the server refused them', async () => {
    server.on(LIST, () => {
      throw new Refusal('rate-limited');
    });
    await list.more();
    expect([list.failure === null, list.loading, ids()]).toEqual([false, false, [9, 8]]);
    server.on(LIST, () => pageOf([7], null));
    await list.more();
    expect([list.failure, ids()]).toEqual([null, [9, 8, 7]]);
  });
});

describe('chosen rows', () => {
  it('go from the one chosen last to this one, and stay chosen on other pages', async () => {
    await list.take(answer(5, 4, 3, 2), new URLSearchParams());
    list.toggle(list.items[2] as Customer);
    list.selectTo(list.items[0] as Customer);
    expect([...list.selected.keys()]).toEqual([idOf(3), idOf(5), idOf(4)]);
    await list.take(answer(2, 1), new URLSearchParams('page=2'));
    expect(list.selected.size).toBe(3);
    list.toggle(sampleCustomer(3));
    expect(list.selected.size).toBe(2);
  });
});
