import { describe, expect, it } from 'vitest';
import { endOfDay } from './china-time.ts';
import { absoluteListQuery } from './list-address.ts';

const NOW = Date.parse('2026-11-23T02:00:30Z');
const query = (address: string) => Object.fromEntries(absoluteListQuery(new URLSearchParams(address), NOW));

describe('an address of the customer list', () => {
  it('ends the day at midnight in China', () => {
    expect(new Date(endOfDay(NOW)).toISOString()).toBe('2026-11-23T16:00:00.000Z');
    expect(new Date(endOfDay(Date.parse('2026-11-23T16:00:00Z'))).toISOString()).toBe(
      '2026-11-24T16:00:00.000Z',
    );
  });

  it('turns "updated within days" into a whole minute that many days ago', () => {
    expect(query('updated=7&branch=A')).toEqual({ updatedSince: '2026-11-16T02:00:00.000Z', branch: 'A' });
  });

  it('asks for open files where a deadline is asked for, unless states are given', () => {
    expect(query('due=today')).toEqual({ dueBefore: '2026-11-23T16:00:00.000Z', status: 'pending,complete' });
    expect(query('due=today&status=reviewing')).toEqual({
      dueBefore: '2026-11-23T16:00:00.000Z',
      status: 'reviewing',
    });
    expect(query('due=week').dueBefore).toBe('2026-11-29T16:00:00.000Z');
    expect(query('due=late').dueBefore).toBe('2026-11-23T02:00:00.000Z');
  });

  it('asks for "my tasks" as the count beside it does, and for nothing else', () => {
    expect(query('todo=1&search=陈')).toEqual({ todo: 'true', search: '陈' });
  });

  it('leaves what it does not know, for the API to refuse', () => {
    expect(query('updated=soon&due=never&colour=red')).toEqual({
      updated: 'soon',
      due: 'never',
      colour: 'red',
    });
  });
});
