import type { Direction, PhotoHint, PhotoQuality } from '@qijian/domain/rules/photo-quality.ts';
import { m } from '#lib/paraglide/messages.js';

const MOVES: Record<string, () => string> = {
  '-1 0': () => m.capture_move_left(),
  '1 0': () => m.capture_move_right(),
  '0 -1': () => m.capture_move_up(),
  '0 1': () => m.capture_move_down(),
  '-1 -1': () => m.capture_move_up_left(),
  '1 -1': () => m.capture_move_up_right(),
  '-1 1': () => m.capture_move_down_left(),
  '1 1': () => m.capture_move_down_right(),
};

/** The one instruction to follow now. */
export function hintWords(
  hint: PhotoHint | null,
  move: Direction,
  can: { torch: boolean; auto: boolean },
): string {
  switch (hint) {
    case null:
      return m.capture_hint_looking();
    case 'dark':
      return can.torch ? m.capture_hint_dark_torch() : m.capture_hint_dark();
    case 'no-card':
      return m.capture_hint_no_card();
    case 'cut':
      return MOVES[`${move.x} ${move.y}`]?.() ?? m.capture_hint_corners();
    case 'too-close':
      return m.capture_hint_too_close();
    case 'too-small':
      return m.capture_hint_too_small();
    case 'glare':
      return m.capture_hint_glare();
    case 'blurred':
      return m.capture_hint_blurred();
    case 'hold-still':
      return m.capture_hint_hold_still();
    case 'ok':
      return can.auto ? m.capture_hint_ok() : m.capture_hint_ok_manual();
  }
}

/** What a photograph may be returned for, in the customer's words. */
export function faultWords(quality: PhotoQuality): string[] {
  return [
    quality.tooFewPixels && m.capture_fault_few_pixels(quality.tooFewPixels),
    quality.dark && m.capture_fault_dark(),
    (quality.cut || quality.tooClose || quality.noCard) && m.capture_fault_cut(),
    quality.tooSmall && m.capture_fault_too_small(),
    quality.glare && m.capture_fault_glare(),
    quality.blurred && m.capture_fault_blurred(),
  ].filter((words) => words !== false && words !== null);
}
