import { m } from '#lib/paraglide/messages.js';
import { toast } from '#lib/toasts.svelte.ts';

/** Copies; where the browser keeps the clipboard back (plain http) the text is shown, to be copied by hand. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(m.copied());
  } catch {
    toast(text, { forMs: 30_000 });
  }
}
