import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// After each install: the compiled messages and SvelteKit's generated types. Nothing to do where only the built app
// is installed (--omit=dev).
const bin = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url));
const run = (command, ...args) => {
  const { status } = spawnSync(process.execPath, [`${bin}${command}`, ...args], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
};
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (existsSync(`${bin}svelte-kit`) && (major > 22 || (major === 22 && minor >= 17))) {
  run(
    'paraglide-js',
    'compile',
    '--project',
    './project.inlang',
    '--outdir',
    './src/lib/paraglide',
    '--strategy',
    'cookie',
    'baseLocale',
  );
  run('svelte-kit', 'sync');
}
