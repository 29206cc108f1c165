import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

if (Number(process.versions.node.split('.')[0]) < 24) {
  throw new Error(
    'Run the tests with the Node of this project: npm run test:unit, npm run test:int or npx vitest.',
  );
}

const outside = ['**/node_modules/**', '**/.svelte-kit/**', 'web/build/**', '.data/**', 'e2e/journeys/**'];

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...outside, '**/*.int.test.ts', '**/*.svelte.test.ts'],
        },
      },
      './web/vitest.config.ts',
      {
        test: {
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: outside,
          globalSetup: 'e2e/fixtures/global-setup.ts',
          pool: 'forks',
          execArgv: ['--import', fileURLToPath(new URL('db/src/quick-imports.ts', import.meta.url))],
          maxWorkers: 2,
          // What is waited for comes when it comes: a busy machine may take its time, and what never comes still fails.
          testTimeout: 90_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
