import type { EventType, LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { EVENT_KINDS, isOfKind, kindOfEvent, typesOfKinds } from '@qijian/domain/rules/event-kinds.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { eventChanges, eventWords, isTold } from './event-words.ts';
import { overwriteGetLocale } from './paraglide/runtime.js';

/** Of every type, whether it is in the feed of a customer; the compiler demands a new one here. */
const IN_FEED: Record<EventType, boolean> = {
  'customer.created': true,
  'customer.updated': true,
  'customer.deleted': true,
  'customer.restored': true,
  'customer.completeness-changed': true,
  'customer.state-changed': true,
  'customer.submitted': true,
  'customer.withdrawn': true,
  'customer.claimed': true,
  'customer.released': true,
  'customer.first-approved': true,
  'customer.approved': true,
  'customer.rejected': true,
  'customer.returned': true,
  'customer.reopened': true,
  'customer.type-waived': true,
  'customer.type-unwaived': true,
  'document.added': true,
  'document.ready': true,
  'document.failed': true,
  'document.retried': true,
  'document.deleted': true,
  'document.restored': true,
  'document.moved': true,
  'document.settled': true,
  'document.reviewed': true,
  'document.review-undone': true,
  'comment.added': true,
  'comment.edited': true,
  'comment.deleted': true,
  'link.created': true,
  'link.reissued': true,
  'link.revoked': true,
  'link.opened': true,
  'link.tried': true,
  'link.locked': true,
  'notification.added': false,
  'notification.read': false,
  'catalog.changed': false,
  'catalog.recalculated': false,
  'user.changed': false,
  'invite.changed': false,
};
const inFeed = Object.keys(IN_FEED).filter((type) => IN_FEED[type as EventType]) as EventType[];

/** A body in which every event finds what it speaks of. */
const data = {
  customer: { completeness: { required: 5, satisfied: 4 }, claimedBy: { id: 'c', displayName: 'Bo' } },
  document: { type: 'other', filename: 'a.jpg', verdict: 'rejected', reasonCodes: ['blurred'] },
  comment: { id: 'k', body: 'text' },
  link: { triesLeft: 2 },
  changes: [{ field: 'note', from: null, to: 'x' }],
  by: { id: 'c', displayName: 'Bo' },
  documentType: 'other',
  reason: 'blurred',
  how: 'claimed',
  from: 'pending',
  to: 'complete',
};
const event = (type: EventType) => ({ type, data, entity: { id: 'k' } }) as unknown as LiveEvent;

test('every event of a customer is of exactly one kind, so that the filter finds it', () => {
  expect(typesOfKinds(EVENT_KINDS).sort()).toEqual([...inFeed].sort());
});

describe.each(['zh-CN', 'en'] as const)('in %s', (locale) => {
  overwriteGetLocale(() => locale);
  const words = Object.fromEntries(inFeed.map((type) => [type, eventWords(event(type), () => 'TYPE')]));
  afterAll(() => overwriteGetLocale(() => 'zh-CN'));

  test.each(inFeed)('%s is told in words', (type) => {
    expect(words[type]).not.toBe(type);
    expect(words[type]).not.toMatch(/undefined|\[object|^$/);
    expect(/\p{Script=Han}/u.test(words[type] ?? '')).toBe(locale === 'zh-CN');
    expect(isTold(event(type), kindOfEvent(type))).toBe(true);
  });
});

test('what is no customer’s is not told in a feed', () => {
  for (const type of ['notification.added', 'user.changed'] as const) expect(isTold(event(type))).toBe(false);
});
test('that a preview is ready is told to whoever asked for documents, and a recalculation that moved nothing to nobody', () => {
  expect(isTold(event('document.ready'))).toBe(false);
  expect(isTold(event('document.ready'), 'document')).toBe(true);
  const moved = {
    ...event('document.ready'),
    data: { ...data, effect: { status: { from: 'pending', to: 'complete' } } },
  };
  expect(isTold(moved as unknown as LiveEvent)).toBe(true);
  const still = { ...event('customer.completeness-changed'), data: { ...data, from: 2, to: 2 } };
  expect(isTold(still as unknown as LiveEvent)).toBe(false);
});

test('what a file did by itself is told with the event that made it do so, and found as a change of state', () => {
  const effect = { satisfied: { from: 3, to: 4 }, status: { from: 'pending', to: 'complete' } };
  const added = { ...event('document.added'), data: { ...data, effect } } as unknown as LiveEvent;
  expect(eventChanges(added, String)).toEqual(['完整度 3 → 4/5', '状态变为「资料已齐全」']);
  expect(isOfKind(added, 'state')).toBe(true);
  expect(isOfKind(event('document.added'), 'state')).toBe(false);
});

test('an edit says from what to what, phone and ID number as they are masked', () => {
  const changes = [
    { field: 'phone', from: '138 **** 0021', to: '139 **** 0029' },
    { field: 'amount', from: 300_000, to: null },
    { field: 'product', from: 'credit', to: 'car' },
    { field: 'ownerId', from: null, to: '何予安' },
    { field: 'note', from: null, to: null },
  ];
  const edited = { type: 'customer.updated', data: { changes } } as unknown as LiveEvent;
  expect(eventChanges(edited, (code) => `「${code}」`)).toEqual([
    '手机：138 **** 0021 → 139 **** 0029',
    '金额：30 万 → —',
    '贷款产品：「credit」 → 「car」',
    '负责人：— → 何予安',
  ]);
  expect(eventChanges(event('customer.created'), (code) => code)).toEqual([]);
});
