import type { QueueBody, QueueFilter } from '@qijian/domain/contract/api/review-queue.ts';
import { call } from '#lib/api.ts';

/** Reads the queue as `queueQuery` has it from an address, where everything is text. */
export function readQueue(
  query: URLSearchParams,
  options: { fetch?: typeof fetch } = {},
): Promise<QueueBody> {
  return call('GET /api/review-queue', { query: Object.fromEntries(query) as QueueFilter, ...options });
}
