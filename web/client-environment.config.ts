import type { Environment } from 'vitest/runtime';

/** Node, with the code that browsers get: runes are signals here, and not the plain fields of a server's rendering. */
export default {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown() {} }),
} satisfies Environment;
