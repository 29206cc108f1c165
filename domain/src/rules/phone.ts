/** Whether a mainland mobile number is well formed (11 digits beginning 13–19; MIIT numbering plan). */
export function isValidPhone(value: string): boolean {
  return /^1[3-9]\d{9}$/.test(normalizePhone(value));
}

/** The stored form: digits only, without +86, spaces and hyphens. */
export function normalizePhone(value: string): string {
  return value.replace(/[\s-]/g, '').replace(/^(\+|00)86/, '');
}

/** What a screen shows by default: `138 **** 0021`. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 3)} **** ${phone.slice(-4)}`;
}
