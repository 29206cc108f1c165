import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { minute, STAFF, sampleCustomer } from '@qijian/e2e/fixtures/contract-samples.ts';
import { describe, expect, it } from 'vitest';
import { judgeChange, type ShownList } from './live-rows.ts';

const customer = (number: string, changes: Partial<Customer> = {}) =>
  sampleCustomer(Number(number), { number: `QJ-${number}`, ...changes });
const rows = [customer('30'), customer('20'), customer('10')];
const shown = (address = '', changes: Partial<ShownList> = {}): ShownList => ({
  rows,
  params: new URLSearchParams(address),
  sort: '-updatedAt',
  hasMore: true,
  ownId: STAFF.id,
  now: Date.parse(minute(59)),
  ...changes,
});

describe('a change while the list is open', () => {
  it('stays in its row', () => {
    expect(judgeChange(shown(), customer('20', { revision: 2, updatedAt: minute(50) }))).toEqual({
      kind: 'row',
      index: 1,
      belongs: true,
    });
  });

  it('leaves "my tasks" once it is submitted, and stays there while a colleague asks', () => {
    const submitted = customer('20', { revision: 2, status: 'reviewing' });
    const todo = shown('todo=1', { rows: [customer('20', { status: 'complete' })] });
    expect(judgeChange(todo, submitted)).toMatchObject({ belongs: false });
    expect(judgeChange({ ...todo, isAsked: () => true }, submitted)).toMatchObject({ belongs: true });
    const returned = customer('30', { pieces: [{ type: 'id_card_front', state: 'returned' }] });
    expect(judgeChange(todo, returned)).toEqual({ kind: 'arrives' });
  });

  it('is nothing when that version is already shown', () => {
    expect(judgeChange(shown(), customer('20'))).toEqual({ kind: 'none' });
  });

  it('marks a row that no longer matches and keeps it', () => {
    const left = { kind: 'row', index: 1, belongs: false };
    expect(judgeChange(shown('status=pending'), customer('20', { revision: 2, status: 'complete' }))).toEqual(
      left,
    );
    expect(judgeChange(shown('assignee=me'), customer('20', { revision: 2, owner: null }))).toEqual(left);
    expect(judgeChange(shown('branch=示例一部'), customer('20', { revision: 2, branch: null }))).toEqual(
      left,
    );
    expect(judgeChange(shown('missing=id_card_front'), customer('20', { revision: 2, missing: [] }))).toEqual(
      left,
    );
    expect(judgeChange(shown('search=思远'), customer('20', { revision: 2, name: '陈一' }))).toEqual(left);
    expect(judgeChange(shown(), customer('20', { revision: 2, deletedAt: minute(50) }))).toEqual(left);
  });

  it('does not mark a row found by digits that the masked row cannot show', () => {
    const changed = customer('20', { revision: 2, note: 'x' });
    for (const search of ['13800000021', '+86 138 0000 0021', '0021', '12 3x', '138 **** 0021', 'qj20', '20'])
      expect(judgeChange(shown(`search=${encodeURIComponent(search)}`), changed), search).toMatchObject({
        belongs: true,
      });
  });

  it('marks a row that was found by a number which it no longer has', () => {
    const changed = customer('20', { revision: 2, phone: '139 **** 0029' });
    for (const search of ['13800000021', '138 **** 0021', '0021'])
      expect(judgeChange(shown(`search=${encodeURIComponent(search)}`), changed), search).toMatchObject({
        belongs: false,
      });
  });

  it('counts a customer that would now stand on this page, and none that would not', () => {
    expect(judgeChange(shown(), customer('40'))).toEqual({ kind: 'arrives' });
    expect(judgeChange(shown(), customer('5'))).toEqual({ kind: 'none' });
    expect(judgeChange(shown('', { hasMore: false }), customer('5'))).toEqual({ kind: 'arrives' });
    expect(judgeChange(shown('status=approved'), customer('40'))).toEqual({ kind: 'none' });
    expect(judgeChange(shown('', { rows: [] }), customer('5'))).toEqual({ kind: 'arrives' });
  });

  it('compares by the order that is shown: numbers as numbers, no deadline last', () => {
    const byNumber = shown('', { sort: 'number', rows: [customer('9'), customer('20')] });
    expect(judgeChange(byNumber, customer('10'))).toEqual({ kind: 'arrives' });
    expect(judgeChange(byNumber, customer('100'))).toEqual({ kind: 'none' });
    const byDue = shown('', { sort: 'dueAt', rows: [customer('1', { dueAt: minute(1) })] });
    expect(judgeChange(byDue, customer('2'))).toEqual({ kind: 'none' });
    expect(judgeChange(byDue, customer('2', { dueAt: minute(0) }))).toEqual({ kind: 'arrives' });
  });
});
