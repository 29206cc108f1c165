import type { Role } from './roles.ts';

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

/**
 * The state a customer moves to by itself: `complete`, from which it can be submitted, when nothing is missing and
 * nothing still being checked. States in the auditor's hands stay.
 */
export function stateForCompleteness(
  state: CustomerState,
  { missing, checking }: { missing: readonly string[]; checking: readonly string[] },
): CustomerState {
  if (state !== 'pending' && state !== 'complete') return state;
  return missing.length === 0 && checking.length === 0 ? 'complete' : 'pending';
}

/** Whether documents may still be added or removed; decided files must be reopened first. */
export function acceptsDocuments(state: CustomerState): boolean {
  return state !== 'approved' && state !== 'rejected';
}

/** What a decision rests on besides the documents. */
export const DECIDED_FIELDS = ['name', 'phone', 'idNumber', 'product', 'amount', 'termMonths'] as const;
const SETTLED: readonly CustomerState[] = ['reviewing', 'approved', 'rejected'];

/** Whether a field of a customer stays as it is: auditors are looking at it, or have decided on it. For everybody. */
export function isFrozen(field: string, state: CustomerState): boolean {
  return SETTLED.includes(state) && DECIDED_FIELDS.some((name) => name === field);
}

/**
 * Whether a document may leave its place in a file, be it deleted, moved to another type or taken back: not out of a
 * decided file, nor out of what was submitted and is being reviewed, nor once an auditor has judged it (`judgedToo` for
 * whoever may all the same). Times in milliseconds. Whose document it is, is another question.
 */
export function mayTakeOut(
  document: { verdict: 'pending' | 'accepted' | 'rejected'; createdAt: number },
  file: { status: CustomerState; submittedAt: number | null },
  { judgedToo = false } = {},
): boolean {
  if (!acceptsDocuments(file.status)) return false;
  const submitted =
    file.status === 'reviewing' && file.submittedAt !== null && document.createdAt < file.submittedAt;
  return !submitted && (judgedToo || document.verdict === 'pending');
}
