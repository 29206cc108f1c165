import { registerHooks } from 'node:module';

const FOLDER = new URL('./', import.meta.resolve('drizzle-orm')).href;

/**
 * Drizzle has hundreds of small modules under one package file of 180 KB, which Node 24 parses anew for each of them: two
 * seconds and 240 MB at every start. What they import of each other is found here without it. To be imported first of all.
 */
registerHooks({
  resolve(specifier, context, next) {
    const from = context.parentURL;
    return specifier.startsWith('.') && from?.startsWith(FOLDER) && from.endsWith('.js')
      ? { url: new URL(specifier, from).href, format: 'module', shortCircuit: true }
      : next(specifier, context);
  },
});
