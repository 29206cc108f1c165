import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { api, ProblemError } from '#lib/api.ts';

const ATTEMPTS = 4;

/** The customer as it is now, when a command was refused because of it. */
export function currentOf(error: unknown): Customer | null {
  return error instanceof ProblemError ? ((error.problem.current as Customer | undefined) ?? null) : null;
}

/** Takes a file; only whoever came first, or a file that has left the auditors, is a reason to give up. */
export function claimFile(customer: Customer): Promise<Customer> {
  return onCurrent(customer, 'claim', (current) => !current.claimedBy);
}

/** Gives a file back, or ends another's claim: of whoever is seen to have it. */
export function releaseFile(customer: Customer): Promise<Customer> {
  const holder = customer.claimedBy?.id;
  return onCurrent(customer, 'release', (current) => current.claimedBy?.id === holder);
}

/** What a preview, an upload or somebody's note changed meanwhile has nothing to do with who has a file. */
async function onCurrent(
  customer: Customer,
  command: 'claim' | 'release',
  stands: (current: Customer) => boolean,
): Promise<Customer> {
  let { version } = customer;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await api.post<Customer>(`/api/customers/${customer.id}/${command}`, { version });
    } catch (error) {
      const current = currentOf(error);
      const isStale = error instanceof ProblemError && error.type === 'version-conflict';
      if (!isStale || current?.status !== 'reviewing' || !stands(current) || attempt === ATTEMPTS)
        throw error;
      version = current.version;
    }
  }
}
