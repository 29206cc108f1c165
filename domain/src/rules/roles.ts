/** What an account may be. */
export const ROLES = ['admin', 'staff', 'auditor'] as const;
export type Role = (typeof ROLES)[number];
