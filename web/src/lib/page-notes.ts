import { m } from '#lib/paraglide/messages.js';

const PAGE_NOTES: Record<string, () => string> = {
  'missing-glyphs': () => m.page_note_missing_glyphs(),
  blank: () => m.page_note_blank(),
};
/** What a page does not show of what is in it. */
export const pageNoteName = (code: string | null) => (code ? (PAGE_NOTES[code]?.() ?? code) : '');
