import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { call, ProblemError } from '#lib/api.ts';

/** The customer as it is now, when a command was refused because of it. */
export function currentOf(error: unknown): Customer | null {
  return error instanceof ProblemError ? ((error.problem.current as Customer | undefined) ?? null) : null;
}

/** Takes a file; whoever came first, or a file that has left the auditors, is a reason to give up. */
export function claimFile(customer: Customer): Promise<Customer> {
  return call('POST /api/customers/:id/claim', { params: { id: customer.id }, body: {} });
}

/** Gives a file back, or ends another's claim. */
export function releaseFile(customer: Customer): Promise<Customer> {
  return call('POST /api/customers/:id/release', { params: { id: customer.id }, body: {} });
}
