import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Tests of state classes: compiled as for the browser, run without one. */
export default defineConfig({
  plugins: [svelte({ configFile: false })],
  resolve: { conditions: ['browser'] },
  test: {
    name: 'unit-web',
    include: ['src/**/*.svelte.test.ts'],
    environment: './client-environment.config.ts',
  },
});
