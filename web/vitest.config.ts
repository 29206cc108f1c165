import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** What SvelteKit gives to a page in a browser, as far as state classes ask for it. */
const APP: Record<string, string> = {
  '$app/env': 'export const browser = true;',
  '$app/navigation': 'export const goto = async (address) => void globalThis.goneTo?.push(address);',
  '$app/state': "export const page = { url: new URL('http://page.test/') };",
};

/** Tests of state classes: compiled as for the browser, run without one. */
export default defineConfig({
  plugins: [
    svelte({ configFile: false }),
    {
      name: 'sveltekit-of-a-page',
      resolveId: (id) => (id in APP ? `\0${id}` : undefined),
      load: (id) => APP[id.replace('\0', '')],
    },
  ],
  resolve: {
    conditions: ['browser'],
    // In its browser's form, which sends by XMLHttpRequest.
    alias: { 'tus-js-client': 'tus-js-client/lib.esm/browser/index.js' },
  },
  test: {
    name: 'unit-web',
    include: ['src/**/*.svelte.test.ts'],
    environment: './client-environment.config.ts',
    server: { deps: { inline: ['tus-js-client'] } },
  },
});
