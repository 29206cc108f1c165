import type { Piece } from '@qijian/domain/contract/api/customers.ts';
import { m } from '#lib/paraglide/messages.js';

/** How a piece is drawn: its stored state, or an upload going on; `uploading` is somebody else's, `sending` one's own. */
export type PieceView = Piece['state'] | 'uploading' | 'sending' | 'paused';

const LABELS: Record<PieceView, () => string> = {
  missing: () => m.piece_missing(),
  received: () => m.piece_received(),
  accepted: () => m.piece_accepted(),
  returned: () => m.piece_returned(),
  uploading: () => m.piece_uploading(),
  sending: () => m.piece_uploading(),
  paused: () => m.piece_paused(),
};
/** A piece with an upload on its way: one that is there already stays as it is. */
export function pieceView(
  piece: Piece,
  uploading: string[],
  { paused = [], own = [] }: { paused?: string[]; own?: string[] } = {},
): PieceView {
  if (piece.state !== 'missing' && piece.state !== 'returned') return piece.state;
  if (paused.includes(piece.type)) return 'paused';
  if (!uploading.includes(piece.type)) return piece.state;
  return own.includes(piece.type) ? 'sending' : 'uploading';
}
export const pieceLabel = (view: PieceView) => LABELS[view]();

/** Arcs of a ring with one segment a piece, clockwise from the top, with a gap between; `d` in a square of `size`. */
export function ringArcs(count: number, size: number, stroke: number): { d: string; length: number }[] {
  const radius = size / 2 - stroke / 2 - 0.5;
  const gap = count > 1 ? (stroke * 1.75) / radius : 0.001;
  const step = (2 * Math.PI) / Math.max(1, count);
  const point = (angle: number) =>
    `${(size / 2 + radius * Math.sin(angle)).toFixed(2)} ${(size / 2 - radius * Math.cos(angle)).toFixed(2)}`;
  return Array.from({ length: count }, (_, n) => {
    const from = n * step + gap / 2;
    const to = (n + 1) * step - gap / 2;
    return {
      d: `M${point(from)}A${radius} ${radius} 0 ${to - from > Math.PI ? 1 : 0} 1 ${point(to)}`,
      length: radius * (to - from),
    };
  });
}
