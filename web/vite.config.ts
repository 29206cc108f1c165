import { fileURLToPath } from 'node:url';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { BROWSERS } from './browsers.ts';
import { circleIn } from './chunk-circles.ts';
import { layeredStyles } from './layered-styles.ts';

const api = process.env.API_URL ?? 'http://127.0.0.1:3000';

const routes = fileURLToPath(new URL('src/routes/', import.meta.url));
const customerPages = ['+layout.svelte', 'p/+layout.ts', 'p/+layout.svelte', 'p/+page.svelte'];
const WORDS = '/paraglide/messages';
let customerModules: Set<string> | undefined;

/** What the customer's first page imports, and the words it says: the module of all words imports every one. */
function customerCode(modules: {
  getModuleInfo(id: string): { code: string | null; importedIds: string[] } | null;
}): Set<string> {
  if (customerModules) return customerModules;
  customerModules = new Set();
  const open = customerPages.map((page) => routes + page);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (customerModules.has(id) || id.includes(WORDS)) continue;
    customerModules.add(id);
    const { code = '', importedIds = [] } = modules.getModuleInfo(id) ?? {};
    open.push(...importedIds);
    for (const [, word] of code?.matchAll(/\bm\.(\w+)/g) ?? []) customerModules.add(`${word}.js`);
  }
  return customerModules;
}
const nameIn = (id: string) => (id.includes(WORDS) ? (id.split('/').at(-1) ?? '') : id);

export default defineConfig({
  plugins: [
    layeredStyles(),
    tailwindcss(),
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['cookie', 'baseLocale'],
      cookieName: 'locale',
    }),
    sveltekit({
      adapter: adapter(),
      // A page on a slow network waits for its HTML alone, whatever its styles weigh.
      inlineStyleThreshold: Number.POSITIVE_INFINITY,
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          'style-src-attr': ['unsafe-inline'],
          'img-src': ['self', 'blob:', 'data:'],
          'connect-src': ['self'],
          'worker-src': ['self', 'blob:'],
          'font-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
    {
      name: 'no-circles-of-chunks',
      applyToEnvironment: ({ name }) => name === 'client',
      generateBundle(_options, bundle) {
        const circle = circleIn(bundle);
        if (circle) this.error(`Files of the web app need each other to begin: ${circle.join(' → ')}`);
      },
    },
  ],
  // Twice, for what light-dark() becomes in the first pass holds colours that only the second one lowers.
  css: { transformer: 'lightningcss' },
  build: { cssTarget: BROWSERS },
  environments: {
    ssr: { build: { cssTarget: BROWSERS } },
    client: {
      build: {
        target: BROWSERS,
        rolldownOptions: {
          treeshake: {
            // Lowered for older browsers, a class that nobody imports looks as if it did something.
            moduleSideEffects: [{ test: /svelte\/src\/reactivity\//, sideEffects: false }],
          },
          output: {
            codeSplitting: {
              // Each file costs a phone on a slow network time of its own: what the customer's first page runs comes
              // in one, what other pages share in a few.
              groups: [
                {
                  name: (id, modules) => (customerCode(modules).has(nameIn(id)) ? 'customer' : null),
                  minShareCount: 2,
                },
                // Menus, pickers and the like: apart from what every page of the desk shares.
                { name: 'behaviour', test: /@(skeletonlabs|zag-js|floating-ui)\//, entriesAware: true },
                // Apart from code: words import none, so that no two files can need each other to begin.
                {
                  name: 'words',
                  test: /paraglide/,
                  minShareCount: 2,
                  entriesAware: true,
                  entriesAwareMergeThreshold: 60_000,
                },
                // Rules need rules alone: in one, they and what is built on them cannot need each other to begin.
                { name: 'rules', test: /domain\/src\/rules\//, minShareCount: 2 },
                {
                  name: 'shared',
                  // Styles stay with their components.
                  test: /(lucide|\.ts$|\.js$)/,
                  minShareCount: 2,
                  entriesAware: true,
                  entriesAwareMergeThreshold: 20_000,
                },
              ],
            },
          },
        },
      },
    },
  },
  // The server compares Origin with Host: both must be the address in the browser.
  server: {
    proxy: {
      '/api': { target: api, changeOrigin: false },
      '/socket.io': { target: api, changeOrigin: false, ws: true },
    },
  },
});
