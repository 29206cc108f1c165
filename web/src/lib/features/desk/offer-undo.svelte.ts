import { untrack } from 'svelte';
import { m } from '#lib/paraglide/messages.js';
import { toast } from '#lib/toasts.svelte.ts';
import type { Desk } from './desk.svelte.ts';

const UNDO_MS = 5_000;

/** A verdict can be taken back with one key for five seconds; nothing of it is sent out before the decision. */
export function offerUndo(desk: Desk, typeName: (type: string) => string): void {
  $effect(() => {
    const { verdicts } = desk;
    const last = verdicts.undoable;
    if (!last) return;
    const close = untrack(() =>
      toast(m.desk_judged({ name: typeName(last.type) }), {
        forMs: UNDO_MS,
        action: { label: m.desk_undo_key(), run: () => desk.queue.add(() => desk.undo()) },
      }),
    );
    const timer = setTimeout(() => {
      if (verdicts.undoable === last) verdicts.undoable = null;
    }, UNDO_MS);
    return () => {
      clearTimeout(timer);
      close();
    };
  });
}
