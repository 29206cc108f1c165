/**
 * How Node keeps small. On a large machine V8 lets a heap grow to several times what is in use, and its default young
 * generation doubles the memory of a process that reads large package files at start; glibc keeps what pictures took
 * outside the heap. In an office's mixed work a server without all this peaks beyond 400 MB. The Dockerfile and
 * docker-compose.yml say the same, and a guard compares them.
 */
export const SMALL_MEMORY = {
  args: ['--max-semi-space-size=2', '--max-old-space-size=1024'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' },
} as const;
