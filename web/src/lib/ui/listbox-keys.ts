/**
 * Where the arrows lead in a list whose field keeps the focus: from `at` to the next or the one before; undefined for
 * every other key. `around` goes on at the other end.
 */
export function listboxMove(
  key: string,
  at: number,
  count: number,
  { around = false } = {},
): number | undefined {
  const by = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
  if (by === 0 || count === 0) return undefined;
  return around ? (at + by + count) % count : Math.max(0, Math.min(count - 1, at + by));
}
