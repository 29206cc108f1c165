import type { CustomerState } from './customer-states.ts';
import type { Role } from './roles.ts';

/** Everything a person may be allowed to do; rows of the PRODUCT table "Who may do what". */
export const ACTIONS = [
  'customers.read',
  'customers.write',
  'customers.delete',
  'customers.restore',
  'customers.submit',
  'customers.reveal',
  'documents.upload',
  'documents.read',
  'documents.delete-own',
  'documents.delete-any',
  'reviews.decide',
  'reviews.take-over',
  'comments.write',
  'links.manage',
  'catalog.read',
  'catalog.write',
  'users.manage',
  'audit.read',
  'figures.read',
] as const;
export type Action = (typeof ACTIONS)[number];

const ALLOWED: Record<Action, readonly Role[]> = {
  'customers.read': ['admin', 'staff', 'auditor'],
  'customers.write': ['admin', 'staff'],
  'customers.delete': ['admin', 'staff'],
  'customers.restore': ['admin'],
  'customers.submit': ['admin', 'staff'],
  'customers.reveal': ['admin', 'staff', 'auditor'],
  'documents.upload': ['admin', 'staff'],
  'documents.read': ['admin', 'staff', 'auditor'],
  'documents.delete-own': ['admin', 'staff'],
  'documents.delete-any': ['admin'],
  'reviews.decide': ['admin', 'auditor'],
  'reviews.take-over': ['admin'],
  'comments.write': ['admin', 'staff', 'auditor'],
  'links.manage': ['admin', 'staff'],
  'catalog.read': ['admin', 'staff', 'auditor'],
  'catalog.write': ['admin'],
  'users.manage': ['admin'],
  'audit.read': ['admin', 'auditor'],
  'figures.read': ['admin'],
};

/** Whether a role may do something at all; conditions on the object (own, state) are the services'. */
export function may(role: Role, action: Action): boolean {
  return ALLOWED[action].includes(role);
}

/**
 * Whether somebody may delete a customer; administrators any. Staff: what they created themselves, as long as it is being
 * collected and no auditor has ever decided on it. "Own" is who created it: the owner is a field that the same role
 * writes, as `reopen` and `withdraw` are its commands, and no right may follow from what its holder can bring about.
 */
export function mayDeleteCustomer(
  person: { id: string; role: Role },
  customer: { createdBy: string; status: CustomerState; decided: boolean },
): boolean {
  if (!may(person.role, 'customers.delete')) return false;
  if (person.role === 'admin') return true;
  return customer.createdBy === person.id && customer.status === 'pending' && !customer.decided;
}
