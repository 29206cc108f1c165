import { tick } from 'svelte';

/** The cursor over the slots, which is the focus. */
export class SlotCursor {
  /** The type whose slot it is on. */
  current = $state<string | null>(null);

  async show(type: string): Promise<void> {
    this.current = type;
    await tick();
    const slot = document.querySelector<HTMLElement>(`[data-slot="${CSS.escape(type)}"]`);
    slot?.scrollIntoView({ block: 'nearest' });
    slot?.focus({ preventScroll: true });
  }

  move(by: number, types: string[]): void {
    const at = this.current === null ? (by > 0 ? -1 : 0) : types.indexOf(this.current);
    void this.show(types[Math.max(0, Math.min(types.length - 1, at + by))] ?? '');
  }
}

/** What had the focus may be gone: it goes to the heading. */
export async function focusHeadingIfLost(): Promise<void> {
  await tick();
  const active = document.activeElement;
  if (active && active !== document.body) return;
  const heading = document.querySelector<HTMLElement>('#main h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
}
