import { describe, expect, it } from 'vitest';
import { waitsForOwner } from './waits-for-owner.ts';

const NOW = Date.parse('2026-11-23T02:00:00Z');
const file = { status: 'pending', hasReturned: false, requestedTypes: 0, dueAt: null } as const;

describe('what waits for the owner of a customer', () => {
  it.each([
    ['returned', { ...file, hasReturned: true }],
    ['asked for', { ...file, requestedTypes: 1 }],
    ['complete and not submitted', { ...file, status: 'complete' as const }],
    ['due today', { ...file, dueAt: '2026-11-23T15:59:00Z' }],
    ['overdue', { ...file, dueAt: '2026-11-20T00:00:00Z' }],
  ])('is a file that is %s', (_, of) => {
    expect(waitsForOwner(of, NOW)).toBe(true);
  });

  it.each([
    ['still being collected', file],
    ['due tomorrow', { ...file, dueAt: '2026-11-23T16:00:00Z' }],
    ['with the auditors', { ...file, status: 'reviewing' as const, hasReturned: true }],
    ['decided', { ...file, status: 'approved' as const, dueAt: '2026-11-20T00:00:00Z' }],
  ])('is no file that is %s', (_, of) => {
    expect(waitsForOwner(of, NOW)).toBe(false);
  });
});
