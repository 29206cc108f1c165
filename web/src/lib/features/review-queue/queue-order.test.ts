import type { QueueRowBody } from '@qijian/domain/contract/api/review-queue.ts';
import { expect, test } from 'vitest';
import { belongs, standsBefore } from './queue-order.ts';

const OWN = 'me-id';
const row = (of: Partial<Record<string, unknown>> = {}, waitingSince = '2026-01-01T10:00:00.000Z') =>
  ({
    customer: { id: 'c', product: 'credit', branch: '示例一部', review: { waitingSince } },
    submittedBy: { id: 'staff', displayName: '林晓' },
    submittedAt: '2026-01-01T10:00:00.000Z',
    resubmitted: false,
    sla: { level: 'near' },
    claim: null,
    ...of,
  }) as unknown as QueueRowBody;
const asks = (query: string, of = row()) => belongs(of, new URLSearchParams(query), OWN);

test('without a filter every file belongs', () => {
  expect(asks('')).toBe(true);
});

test.each([
  ['product=credit,mortgage', 'product=mortgage'],
  ['level=near', 'level=normal'],
  ['unclaimed=true', 'mine=true'],
  ['submittedBy=staff', 'submittedBy=other'],
  ['branch=示例一部', 'branch=示例二部'],
  ['', 'resubmitted=true'],
  ['', 'overdue=true'],
  ['', 'submittedBy=me'],
])('a file is among "%s" and not among "%s"', (yes, no) => {
  expect(asks(yes)).toBe(true);
  expect(asks(no)).toBe(false);
});

test('what one has claimed or submitted oneself is one’s own', () => {
  expect(asks('mine=true', row({ claim: { by: { id: OWN } } }))).toBe(true);
  expect(asks('unclaimed=true', row({ claim: { by: { id: OWN } } }))).toBe(false);
  expect(asks('submittedBy=me', row({ submittedBy: { id: OWN } }))).toBe(true);
});

test('by urgency the longest waiting stands first, however often it was submitted', () => {
  const old = row({ submittedAt: '2026-01-01T12:00:00.000Z' }, '2026-01-01T08:00:00.000Z');
  const young = row({}, '2026-01-01T09:00:00.000Z');
  expect(standsBefore(old, young, null)).toBe(true);
  expect(standsBefore(young, old, null)).toBe(false);
  expect(standsBefore(old, young, 'submitted')).toBe(false);
  expect(standsBefore(old, young, '-submitted')).toBe(true);
});
