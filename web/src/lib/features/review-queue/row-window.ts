import type { SlaLevel } from '@qijian/domain/rules/review-queue.ts';

/** A heading with the row it stands before, or the row at `index` of the order. */
export type Line =
  | { level: SlaLevel; before: string; id?: undefined; index?: undefined }
  | { level?: undefined; id: string; index: number };

/** Pixels kept drawn on either side of what is in view, so that scrolling never shows nothing. */
const MARGIN = 300;

/** The lines in view of a list scrolled to `top`, and the pixels of the others above and below them. */
export function windowOf(
  lines: readonly Line[],
  view: { top: number; height: number; row: number; group: number },
): { lines: readonly Line[]; above: number; below: number } {
  const size = (line: Line) => (line.level ? view.group : view.row);
  const [from, to] = [view.top - MARGIN, view.top + view.height + MARGIN];
  let at = 0;
  let above = 0;
  let first = 0;
  let end = 0;
  for (const [index, line] of lines.entries()) {
    const next = at + size(line);
    if (next <= from) {
      above = next;
      first = index + 1;
    }
    if (at < to) end = index + 1;
    at = next;
  }
  const shown = lines.slice(first, Math.max(first, end));
  const drawn = shown.reduce((sum, line) => sum + size(line), 0);
  return { lines: shown, above, below: Math.max(0, at - above - drawn) };
}
