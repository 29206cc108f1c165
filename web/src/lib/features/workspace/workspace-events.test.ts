import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { EventType, LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { describe, expect, test } from 'vitest';
import { afterEvent, type Shown } from './workspace-events.ts';

const customer = (revision: number, note = '') => ({ id: 'c', revision, note }) as Customer;
const document = (id: string, version = 1, change: Partial<Document> = {}) =>
  ({ id, version, type: 'other', createdAt: `2026-01-0${id}T00:00:00Z`, ...change }) as Document;
const event = (seq: number, type: EventType, data: unknown) =>
  ({ seq, id: `e${seq}`, type, data }) as LiveEvent;
const start: Shown = { customer: customer(1), items: [], documents: [], events: [], isDeleted: false };
const after = (...events: LiveEvent[]) => events.reduce(afterEvent, start);

describe('a workspace after an event', () => {
  test('shows the newer customer and never goes back to an older one', () => {
    const shown = after(
      event(1, 'customer.updated', { customer: customer(3, 'newer'), changes: [] }),
      event(2, 'customer.updated', { customer: customer(2, 'older'), changes: [] }),
    );
    expect(shown.customer).toEqual(customer(3, 'newer'));
  });
  test('keeps documents in the order of their uploads, each once', () => {
    const shown = after(
      event(1, 'document.added', { customer: customer(2), document: document('2') }),
      event(2, 'document.added', { customer: customer(3), document: document('1') }),
      event(3, 'document.added', { customer: customer(4), document: document('2') }),
    );
    expect(shown.documents.map(({ id }) => id)).toEqual(['1', '2']);
  });
  test('replaces a document by a later version only', () => {
    const ready = document('1', 2, { state: 'ready' });
    const shown = after(
      event(1, 'document.ready', { customer: customer(2), document: ready }),
      event(2, 'document.added', {
        customer: customer(2),
        document: document('1', 1, { state: 'processing' }),
      }),
    );
    expect(shown.documents).toEqual([ready]);
  });
  test('takes a deleted document away and puts a restored one back', () => {
    const added = event(1, 'document.added', { customer: customer(2), document: document('1') });
    const deleted = event(2, 'document.deleted', { customer: customer(3), document: document('1', 2) });
    const restored = event(3, 'document.restored', { customer: customer(4), document: document('1', 3) });
    expect(after(added, deleted).documents).toEqual([]);
    expect(after(added, deleted, restored).documents).toEqual([document('1', 3)]);
  });
  test('knows whether the customer is deleted', () => {
    const deleted = event(1, 'customer.deleted', { customer: customer(2) });
    expect(after(deleted).isDeleted).toBe(true);
    expect(after(deleted, event(2, 'customer.restored', { customer: customer(3) })).isDeleted).toBe(false);
  });
  test('has the pieces that changed in their places, and the others as they were', () => {
    const piece = (type: string, satisfied: boolean) => ({ type, satisfied }) as CompletenessItem;
    const items = [piece('a', false), piece('b', false)];
    const data = { customer: customer(2), document: document('1'), items: [piece('b', true)] };
    expect(afterEvent({ ...start, items }, event(1, 'document.added', data)).items).toEqual([
      piece('a', false),
      piece('b', true),
    ]);
  });
  test('lists every event, newest first', () => {
    const shown = after(
      event(1, 'customer.submitted', { customer: customer(2) }),
      event(2, 'customer.withdrawn', { customer: customer(3) }),
    );
    expect(shown.events.map(({ seq }) => seq)).toEqual([2, 1]);
  });
});
