import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Source = { path: string; text: string };
export type Import = { from: string; specifier: string; target: string; typeOnly: boolean };

export const WORKSPACES = ['domain', 'db', 'core', 'server', 'workers', 'web', 'ops', 'e2e'];
const GENERATED = ['**/node_modules/**', 'web/.svelte-kit/**', 'web/build/**', 'web/src/lib/paraglide/**'];

/** All hand-written TypeScript and Svelte files of the workspaces. */
export function sources(): Source[] {
  const patterns = WORKSPACES.flatMap((folder) => [`${folder}/**/*.ts`, `${folder}/**/*.svelte`]);
  return globSync(patterns, { cwd: ROOT, exclude: GENERATED })
    .sort()
    .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));
}

export const isTest = (path: string) =>
  /\.(test|spec)\.ts$/.test(path) || /\/testing\/|^e2e\/fixtures\//.test(path);

/**
 * What a file imports; a path or a workspace package becomes a path from the root, a package of others stays its name.
 */
export function importsOf({ path, text }: Source): Import[] {
  const statements =
    /(?:^|[;\n{>]\s*)(?:import|export)\s+(type\s+)?(?:[\w*{][^'"`;]*?\sfrom\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;
  return [...text.matchAll(statements)].map((match) => {
    const specifier = match[2] ?? match[3] ?? '';
    return { from: path, specifier, target: targetOf(path, specifier), typeOnly: Boolean(match[1]) };
  });
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(path), specifier));
  if (specifier.startsWith('#lib')) return specifier.replace('#lib', 'web/src/lib');
  if (specifier.startsWith('$lib')) return specifier.replace('$lib', 'web/src/lib');
  const own = /^@qijian\/(\w+)(\/.*)?$/.exec(specifier);
  if (!own) return specifier;
  return own[1] === 'ops' || own[1] === 'e2e' ? `${own[1]}${own[2] ?? ''}` : `${own[1]}/src${own[2] ?? ''}`;
}
