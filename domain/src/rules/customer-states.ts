import type { Role } from './permissions.ts';

export const CUSTOMER_STATES = ['pending', 'complete', 'reviewing', 'approved', 'rejected'] as const;
export type CustomerState = (typeof CUSTOMER_STATES)[number];

/** The commands that people give; `complete` and back are the system's own (see `stateForCompleteness`). */
export const CUSTOMER_COMMANDS = ['submit', 'withdraw', 'approve', 'reject', 'return', 'reopen'] as const;
export type CustomerCommand = (typeof CUSTOMER_COMMANDS)[number];

const TRANSITIONS: Record<CustomerCommand, { from: readonly CustomerState[]; roles: readonly Role[] }> = {
  submit: { from: ['complete'], roles: ['staff', 'admin'] },
  withdraw: { from: ['reviewing'], roles: ['staff', 'admin'] },
  approve: { from: ['reviewing'], roles: ['auditor', 'admin'] },
  reject: { from: ['reviewing'], roles: ['auditor', 'admin'] },
  return: { from: ['reviewing'], roles: ['auditor', 'admin'] },
  reopen: { from: ['approved', 'rejected'], roles: ['admin', 'staff'] },
};

/** Whether `role` may give `command` to a customer in `state` (PRODUCT state machine); staff reopen rejected files only. */
export function mayCommand(command: CustomerCommand, state: CustomerState, role: Role): boolean {
  const rule = TRANSITIONS[command];
  if (!rule.from.includes(state) || !rule.roles.includes(role)) return false;
  return !(command === 'reopen' && role === 'staff' && state !== 'rejected');
}

/** The state a customer moves to by itself once completeness is known; states in the auditor's hands stay. */
export function stateForCompleteness(state: CustomerState, isComplete: boolean): CustomerState {
  if (state === 'pending' && isComplete) return 'complete';
  if (state === 'complete' && !isComplete) return 'pending';
  return state;
}

/** Whether documents may still be added or removed; decided files must be reopened first. */
export function acceptsDocuments(state: CustomerState): boolean {
  return state !== 'approved' && state !== 'rejected';
}
