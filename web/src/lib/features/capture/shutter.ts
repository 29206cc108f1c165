import type { PhotoHint } from '@qijian/domain/rules/photo-quality.ts';

/** How long all checks must hold before the shutter releases itself. */
export const HOLD_MS = 700;
/** A hint is shown when it has been true for this long: words that flicker cannot be read. */
const SETTLE_MS = 250;

/** How far the shutter is wound, 0–1. A single bad frame throws it back, it does not start again. */
export function wind(wound: number, isGood: boolean, elapsedMs: number): number {
  const change = Math.min(elapsedMs, 250) / HOLD_MS;
  return Math.min(1, Math.max(0, isGood ? wound + change : wound - 2 * change));
}

export interface Settling {
  readonly shown: PhotoHint | null;
  readonly next: PhotoHint;
  readonly since: number;
}

/** The hint to show, given what was just seen. */
export function settle(before: Settling | null, hint: PhotoHint, now: number): Settling {
  if (!before) return { shown: null, next: hint, since: now };
  if (hint !== before.next) return { shown: before.shown, next: hint, since: now };
  return now - before.since >= SETTLE_MS ? { ...before, shown: hint } : before;
}
