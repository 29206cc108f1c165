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

const PAGE_NOTES: Record<string, () => string> = {
  'missing-glyphs': () => m.page_note_missing_glyphs(),
  blank: () => m.page_note_blank(),
};
/** What a page does not show of what is in it. */
export const pageNoteName = (code: string | null) => (code ? (PAGE_NOTES[code]?.() ?? code) : '');
