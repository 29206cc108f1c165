import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import {
  AUDITOR,
  actor,
  COLLEAGUE,
  idOf,
  minute,
  sampleCustomer,
  sampleEvent,
  sampleQueue,
  sampleReviewed,
} from '@qijian/e2e/fixtures/contract-samples.ts';
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
import { Queue } from './queue.svelte.ts';

const QUEUE = 'GET /api/review-queue';

let server: AnsweringServer;
let queue: Queue;
let seq: number;

const numbers = (ids: Iterable<string>) => [...ids].map((id) => Number(id.slice(-4)));
const rows = () => numbers(queue.order);
const answer = (files: Customer[], changes: Partial<QueueBody> = {}) =>
  sampleQueue(files, { now: minute(30), ...changes });
const three = () => [sampleReviewed(1), sampleReviewed(2), sampleReviewed(3)];
const open = (body: QueueBody, query = new URLSearchParams()) => new Queue(body, query, AUDITOR.id);

function hear(
  type: 'customer.claimed' | 'customer.approved' | 'customer.updated',
  customer: Customer,
  by = COLLEAGUE,
) {
  seq += 1;
  const data = { customer, how: 'claimed' as const, from: null, reason: null, changes: [] };
  queue.apply(sampleEvent(type, data, actor(by), seq));
}
const decided = (number: number, revision = 2) =>
  sampleCustomer(number, { revision, status: 'approved', decided: true });

beforeEach(() => {
  seq = 0;
  server = new AnsweringServer().on(QUEUE, () => answer(three()));
  enterPage(server, { dateToo: true });
  vi.setSystemTime(minute(30));
  queue = open(answer(three()));
});
afterEach(() => {
  queue.stop();
  leavePage();
});

describe('a file in the queue', () => {
  it('changes where it stands when a colleague takes it', () => {
    hear('customer.claimed', sampleReviewed(2, { revision: 2, claimedBy: COLLEAGUE }));
    expect(rows()).toEqual([1, 2, 3]);
    expect(queue.row(idOf(2))?.claim?.by).toEqual(COLLEAGUE);
    expect([queue.isMine(idOf(2)), queue.flashing.has(idOf(2))]).toEqual([false, true]);
  });

  it('is not tinted by what one does oneself', () => {
    hear('customer.claimed', sampleReviewed(2, { revision: 2, claimedBy: AUDITOR }), AUDITOR);
    expect([queue.isMine(idOf(2)), queue.flashing.size]).toEqual([true, 0]);
  });

  it('does not go back behind what an answer has said already', () => {
    queue.take(sampleReviewed(2, { revision: 5, claimedBy: AUDITOR }));
    hear('customer.updated', sampleReviewed(2, { revision: 4 }));
    expect(queue.isMine(idOf(2))).toBe(true);
  });

  it('is shown as gone for a moment when it leaves, and the cursor goes to its neighbour', () => {
    queue.cursor = idOf(2);
    hear('customer.approved', decided(2));
    expect([rows(), queue.gone.get(idOf(2))]).toEqual([[1, 2, 3], 'customer.approved']);
    vi.advanceTimersByTime(4_000);
    expect([rows(), queue.cursor, queue.gone.size]).toEqual([[1, 3], idOf(3), 0]);
  });

  it('stays where it is while a hand is on the list', () => {
    const hovered = vi.spyOn(document, 'querySelector').mockReturnValue({} as Element);
    hear('customer.approved', decided(2));
    vi.advanceTimersByTime(9_000);
    expect(rows()).toEqual([1, 2, 3]);
    hovered.mockReturnValue(null);
    vi.advanceTimersByTime(4_000);
    expect(rows()).toEqual([1, 3]);
  });

  it('that comes back before its row has gone takes its place again, or waits for another one', () => {
    hear('customer.approved', decided(2));
    hear('customer.updated', sampleReviewed(2, { revision: 3 }));
    expect([rows(), queue.gone.size]).toEqual([[1, 2, 3], 0]);
    hear('customer.approved', decided(1, 4));
    hear('customer.updated', sampleReviewed(1, { revision: 5, waitingSince: minute(9) }));
    expect(rows()).toEqual([2, 3, 1]);
    vi.advanceTimersByTime(9_000);
    expect(rows()).toEqual([2, 3, 1]);
  });
});

describe('a file that comes', () => {
  it('slides in below the last', () => {
    hear('customer.updated', sampleReviewed(8));
    expect([rows(), queue.arrivals.size]).toEqual([[1, 2, 3, 8], 0]);
  });

  it('waits where it would stand between the rows, until they are read again', async () => {
    hear('customer.updated', sampleReviewed(8, { waitingSince: minute(0) }));
    expect([rows(), numbers(queue.arrivals.keys())]).toEqual([[1, 2, 3], [8]]);
    server.on(QUEUE, () => answer([sampleReviewed(8, { waitingSince: minute(0) }), ...three()]));
    await queue.reload();
    expect([rows(), queue.arrivals.size]).toEqual([[8, 1, 2, 3], 0]);
  });

  it('is not announced any more once it has left again', () => {
    hear('customer.updated', sampleReviewed(8, { waitingSince: minute(0) }));
    hear('customer.approved', decided(8));
    expect([rows(), queue.arrivals.size]).toEqual([[1, 2, 3], 0]);
  });

  it('is none of those that the address asks for', () => {
    queue = open(answer(three()), new URLSearchParams('unclaimed=true'));
    hear('customer.claimed', sampleReviewed(8, { claimedBy: COLLEAGUE }));
    expect(rows()).toEqual([1, 2, 3]);
  });
});

describe('a queue that is read again', () => {
  it('shows the answer to what was asked for last, whichever comes last', async () => {
    const slow = held<QueueBody>();
    server.on(QUEUE, () => slow.promise);
    const reading = queue.reload();
    queue.show(answer([sampleReviewed(5)]), new URLSearchParams('mine=true'));
    slow.come(answer([sampleReviewed(7)]));
    await reading;
    expect([rows(), queue.loading]).toEqual([[5], false]);
  });

  it('keeps its rows where the server refuses, and says why until it is read', async () => {
    server.on(QUEUE, () => {
      throw new Refusal('rate-limited');
    });
    await queue.reload();
    expect([rows(), queue.failure === null, queue.loading]).toEqual([[1, 2, 3], false, false]);
    server.on(QUEUE, () => answer(three()));
    await queue.reload();
    expect(queue.failure).toBeNull();
  });

  it('keeps the cursor on its file, or on the first when that has gone', async () => {
    queue.cursor = idOf(3);
    await queue.reload();
    expect(queue.cursor).toBe(idOf(3));
    server.on(QUEUE, () => answer([sampleReviewed(1), sampleReviewed(2)]));
    await queue.reload();
    expect(queue.cursor).toBe(idOf(1));
  });
});

describe('further rows', () => {
  beforeEach(() => {
    queue = open(answer(three(), { nextCursor: 'next' }));
    server.on(QUEUE, () => answer([sampleReviewed(3), sampleReviewed(4)]));
  });

  it('are asked for once, and stand below without a double', async () => {
    await Promise.all([queue.more(), queue.more()]);
    expect(server.of(QUEUE)).toHaveLength(1);
    expect([rows(), queue.nextCursor, queue.loading]).toEqual([[1, 2, 3, 4], null, false]);
  });

  it('have what happened to them while they were read', async () => {
    const page = held<QueueBody>();
    server.on(QUEUE, () => page.promise);
    const more = queue.more();
    hear('customer.claimed', sampleReviewed(4, { revision: 2, claimedBy: COLLEAGUE }));
    page.come(answer([sampleReviewed(4)]));
    await more;
    expect(queue.row(idOf(4))?.claim?.by).toEqual(COLLEAGUE);
  });

  it('are not put under rows that were read anew', async () => {
    const page = held<QueueBody>();
    server.on(QUEUE, () => page.promise);
    const more = queue.more();
    queue.show(answer([sampleReviewed(9)]), new URLSearchParams('mine=true'));
    page.come(answer([sampleReviewed(4)]));
    await more;
    expect([rows(), queue.loading]).toEqual([[9], false]);
  });

  it('come as they are now, also when those of the order before are still on their way', async () => {
    const [old, page] = [held<QueueBody>(), held<QueueBody>()];
    server.on(QUEUE, ({ query }) => {
      if (!query.cursor) return answer([sampleReviewed(1)], { nextCursor: 'then' });
      return query.cursor === 'next' ? old.promise : page.promise;
    });
    const before = queue.more();
    await until(() => server.of(QUEUE).length === 1);
    await queue.reload();
    const more = queue.more();
    old.come(answer([sampleReviewed(4)]));
    await before;
    hear('customer.claimed', sampleReviewed(5, { revision: 2, claimedBy: COLLEAGUE }));
    page.come(answer([sampleReviewed(5)]));
    await more;
    expect(rows()).toEqual([1, 5]);
    expect(queue.row(idOf(5))?.claim?.by).toEqual(COLLEAGUE);
  });

  it('can be asked for again when the server refused them', async () => {
    server.on(QUEUE, () => {
      throw new Refusal('rate-limited');
    });
    await queue.more();
    expect([rows(), queue.loading, queue.nextCursor]).toEqual([[1, 2, 3], false, 'next']);
  });
});

describe('the figures', () => {
  const counts = (all: number) => ({ ...answer([]).counts, all });

  it('are asked for once after many changes', async () => {
    server.on(QUEUE, () => answer([], { counts: counts(40) }));
    for (const revision of [2, 3, 4]) hear('customer.updated', sampleReviewed(2, { revision }));
    expect(server.of(QUEUE)).toHaveLength(0);
    vi.advanceTimersByTime(2_000);
    await until(() => queue.counts.all === 40);
    expect(server.of(QUEUE)).toHaveLength(1);
    expect(rows()).toEqual([1, 2, 3]);
  });

  it('come with the next change when they could not be had', async () => {
    server.on(QUEUE, () => {
      throw new Refusal('rate-limited');
    });
    hear('customer.updated', sampleReviewed(2, { revision: 2 }));
    vi.advanceTimersByTime(2_000);
    await quiet();
    server.on(QUEUE, () => answer([], { counts: counts(41) }));
    hear('customer.updated', sampleReviewed(2, { revision: 3 }));
    vi.advanceTimersByTime(2_000);
    await until(() => queue.counts.all === 41);
  });

  it('are those of what is asked for now, not of the filter before', async () => {
    const slow = held<QueueBody>();
    server.on(QUEUE, () => slow.promise);
    hear('customer.updated', sampleReviewed(2, { revision: 2 }));
    vi.advanceTimersByTime(2_000);
    await until(() => server.of(QUEUE).length === 1);
    queue.show(answer([sampleReviewed(5)]), new URLSearchParams('mine=true'));
    slow.come(answer([], { total: 40 }));
    await quiet();
    expect(queue.total).toBe(1);
  });

  it('are not asked for any more once the page is left', () => {
    hear('customer.updated', sampleReviewed(2, { revision: 2 }));
    queue.stop();
    vi.advanceTimersByTime(60_000);
    expect(server.of(QUEUE)).toHaveLength(0);
  });

  it('count the waiting time by the server’s clock', () => {
    queue.show(answer([sampleReviewed(1)], { now: minute(40) }), new URLSearchParams());
    expect(queue.waitingMs(sampleReviewed(1), Date.now())).toBe(39 * 60_000);
    expect(queue.level(sampleReviewed(1), Date.now() + 4 * 3_600_000)).toBe('overdue');
  });
});
