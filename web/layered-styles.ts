import type { Plugin } from 'vite';

/**
 * Puts every sheet of a component or feature into the layer `components`, so that a utility on an element says the
 * last word. The order of the layers is stated in each, for any of them may come first on a page.
 */
export function layeredStyles(): Plugin {
  return {
    name: 'layered-styles',
    enforce: 'pre',
    transform(code, id) {
      const isOwn = id.includes('/web/src/') && /\.css(\?|$)/.test(id);
      // What imports others states the layer of each itself.
      if (!isOwn || code.includes('@import')) return null;
      return `@layer theme, base, components, utilities;\n@layer components {\n${code}\n}`;
    },
  };
}
