import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import { NOTIFICATION_KINDS } from '@qijian/domain/rules/notification-kinds.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { overwriteGetLocale } from '../../paraglide/runtime.js';
import { notificationHref, notificationWords } from './notification-words.ts';

const customer = { id: 'c', number: 'QJ-1', name: 'X' };
const of = (kind: Notification['kind'], ids: { documentId?: string; commentId?: string } = {}) => ({
  kind,
  customer,
  documentId: ids.documentId ?? null,
  commentId: ids.commentId ?? null,
});

describe.each(['zh-CN', 'en'] as const)('in %s', (locale) => {
  overwriteGetLocale(() => locale);
  const sentences = NOTIFICATION_KINDS.map((kind) => {
    const actor = { kind: 'user', id: 'u', name: 'Bo' };
    return notificationWords({ kind, actor });
  });
  afterAll(() => overwriteGetLocale(() => 'zh-CN'));

  test('every kind has a sentence of its own', () => {
    expect(new Set(sentences).size).toBe(NOTIFICATION_KINDS.length);
    for (const sentence of sentences) expect(/\p{Script=Han}/u.test(sentence)).toBe(locale === 'zh-CN');
  });
});

test('a mention leads to the comment, an upload to the document, a decision to the customer', () => {
  expect(notificationHref(of('mention', { documentId: 'd', commentId: 'k' }), 'staff', '/customers')).toBe(
    '/customers/c?comment=k',
  );
  expect(notificationHref(of('upload-after-submission', { documentId: 'd' }), 'staff', '/customers')).toBe(
    '/customers/c?document=d',
  );
  expect(notificationHref(of('approved'), 'staff', '/customers')).toBe('/customers/c');
});
test('what is about an auditor’s own work leads to the desk', () => {
  for (const role of ['auditor', 'admin'] as const)
    expect(notificationHref(of('claim-requested'), role, '/review')).toBe('/review/c');
  expect(notificationHref(of('upload-after-submission', { documentId: 'd' }), 'auditor', '/review')).toBe(
    '/review/c',
  );
});

test('whoever is at the desk of the customer stays there for a comment', () => {
  expect(notificationHref(of('mention', { commentId: 'k' }), 'auditor', '/review/c')).toBe(
    '/review/c?comment=k',
  );
  expect(notificationHref(of('mention', { commentId: 'k' }), 'auditor', '/review/d')).toBe(
    '/customers/c?comment=k',
  );
});
