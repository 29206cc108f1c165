/**
 * How Node keeps small: V8's default young generation doubles the memory of a process that reads large package files at
 * start, and glibc keeps what pictures took outside the heap (455 MB instead of 250 after ten minutes of an office's
 * work). The Dockerfile sets the same.
 */
export const LEAN = {
  args: ['--max-semi-space-size=2'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' },
} as const;
