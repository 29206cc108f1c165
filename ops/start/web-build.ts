import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock.ts';

/** What the built web app depends on. */
const SOURCES = [
  'web/{src,static,messages,project.inlang}/**',
  'web/*.{json,ts,js}',
  'domain/src/**',
  'package-lock.json',
];
const GENERATED = ['web/src/lib/paraglide/**', 'web/project.inlang/cache/**'];

/** Whether the built web app is the one of the present sources. */
export function isWebBuilt(root: string): boolean {
  const stamp = stampFile(root);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash(root);
}

/** Builds the web app; of two starts at the same moment one builds and the other waits. */
export async function buildWeb(root: string, signal: AbortSignal): Promise<void> {
  const release = await takeLock(join(root, '.data/build.lock'), 'building the web app', 600_000);
  try {
    if (isWebBuilt(root)) return;
    rmSync(stampFile(root), { force: true });
    const hash = sourceHash(root);
    const output = await run('npm', ['run', 'build', '-w', 'web'], root, signal);
    if (output !== undefined) throw new Error(`The web app could not be built:\n${output}`);
    writeFileSync(stampFile(root), hash);
  } finally {
    release();
  }
}

const stampFile = (root: string) => join(root, 'web/build/sources.sha256');

function sourceHash(root: string): string {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: root, exclude: GENERATED }).sort()) {
    const file = join(root, path);
    if (!statSync(file).isFile() || path.endsWith('.test.ts')) continue;
    hash.update(`${path}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Undefined when it went well, else the end of what was printed. */
function run(command: string, args: string[], cwd: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (code) => resolve(code === 0 ? undefined : output.trim()));
  });
}
