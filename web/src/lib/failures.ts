import { m } from '#lib/paraglide/messages.js';

const FAILURES: Record<string, () => string> = {
  broken: () => m.failure_broken(),
  encrypted: () => m.failure_encrypted(),
  'dynamic-form': () => m.failure_dynamic_form(),
  blank: () => m.failure_blank(),
  'too-large': () => m.failure_too_large(),
  memory: () => m.failure_memory(),
  'too-many-pages': () => m.failure_too_many_pages(),
  timeout: () => m.failure_timeout(),
  crashed: () => m.failure_crashed(),
};
/** Why a file could not be read. */
export const failureName = (code: string | null) => (code ? (FAILURES[code]?.() ?? code) : '');
