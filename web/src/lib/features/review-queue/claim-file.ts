import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { api, ProblemError } from '#lib/api.ts';

/** The customer as it is now, when a command was refused because of it. */
export function currentOf(error: unknown): Customer | null {
  return error instanceof ProblemError ? ((error.problem.current as Customer | undefined) ?? null) : null;
}

/** Takes a file; whoever came first, or a file that has left the auditors, is a reason to give up. */
export function claimFile(customer: Customer): Promise<Customer> {
  return api.post<Customer>(`/api/customers/${customer.id}/claim`);
}

/** Gives a file back, or ends another's claim. */
export function releaseFile(customer: Customer): Promise<Customer> {
  return api.post<Customer>(`/api/customers/${customer.id}/release`);
}
