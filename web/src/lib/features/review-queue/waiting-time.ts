import type { EventType } from '@qijian/domain/contract/live-events.ts';
import type { Sla } from '@qijian/domain/rules/review-queue.ts';
import { m } from '#lib/paraglide/messages.js';

/** From here on nobody counts in hours. */
const DAYS_FROM_HOURS = 100;

/** `3:20`: hours and minutes; days where there are many. */
export function hours(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes >= DAYS_FROM_HOURS * 60) return m.days_count({ count: Math.floor(minutes / 1_440) });
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** `剩 0:40`, or by how much the limit is exceeded. */
export function slaWords(sla: Sla): string {
  return sla.level === 'overdue'
    ? m.desk_overdue({ time: hours(-sla.remainingMs) })
    : m.desk_left({ time: hours(sla.remainingMs) });
}

const GONE: Partial<Record<EventType, () => string>> = {
  'customer.approved': () => m.queue_gone_approved(),
  'customer.rejected': () => m.queue_gone_rejected(),
  'customer.returned': () => m.queue_gone_returned(),
  'customer.withdrawn': () => m.queue_gone_withdrawn(),
  'customer.deleted': () => m.queue_gone_deleted(),
};
/** What became of a file that has left the queue. */
export const goneWords = (type: EventType) => (GONE[type] ?? (() => m.queue_gone()))();
