import { endOfDay } from './china-time.ts';
import type { CustomerState } from './customer-states.ts';

/**
 * Whether a customer waits for its owner: complete and not submitted, returned and not answered, or due today or
 * before while it is open. `now` in milliseconds since the epoch.
 */
export function waitsForOwner(
  customer: { status: CustomerState; hasReturned: boolean; requestedTypes: number; dueAt: string | null },
  now: number,
): boolean {
  if (customer.status === 'complete') return true;
  if (customer.status !== 'pending') return false;
  if (customer.hasReturned || customer.requestedTypes > 0) return true;
  return customer.dueAt !== null && Date.parse(customer.dueAt) < endOfDay(now);
}
