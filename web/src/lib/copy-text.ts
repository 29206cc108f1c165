import { m } from '#lib/paraglide/messages.js';
import { toast } from '#lib/toasts.svelte.ts';

/**
 * Puts a text on the clipboard. Over plain http, as in a branch's own network, browsers keep it back: then what is
 * shown is marked, or the text stands in a message, to be copied by hand.
 */
export async function copyText(text: string, shown?: Element): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(m.copied());
  } catch {
    if (shown) getSelection()?.selectAllChildren(shown);
    else toast(text, { forMs: 30_000 });
  }
}
