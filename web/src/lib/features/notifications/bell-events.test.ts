import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import { expect, test } from 'vitest';
import { type Shown, withNotification, withRead } from './bell-events.ts';

const AT = '2026-01-01T00:00:00.000Z';
const one = (id: string, readAt: string | null = null) => ({ id, readAt }) as Notification;
const start: Shown = { items: [one('2'), one('1', AT)], unread: 5, read: new Set() };

test('a new one stands first and counts once', () => {
  const shown = withNotification(withNotification(start, one('3')), one('3'));
  expect(shown.items.map(({ id }) => id)).toEqual(['3', '2', '1']);
  expect(shown.unread).toBe(6);
});
test('what is read counts once, whether the answer or the event comes first', () => {
  const shown = withRead(withRead(start, ['2'], AT), ['2'], AT);
  expect(shown.unread).toBe(4);
  expect(shown.items.every(({ readAt }) => readAt === AT)).toBe(true);
});
test('what was read before does not count again, what is not listed does', () => {
  expect(withRead(start, ['1'], AT).unread).toBe(5);
  expect(withRead(start, ['0', '2'], AT).unread).toBe(3);
});
test('one that was read before it arrived here is not unread', () => {
  expect(withNotification(withRead(start, ['3'], AT), one('3')).unread).toBe(4);
});
