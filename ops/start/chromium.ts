import { spawnSync } from 'node:child_process';
import { say } from './progress.ts';

const KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The path of a Chromium that runs, with fonts for Chinese; installed from the distribution where missing. */
export function findChromium(): string {
  const browser = installed() ?? install('Chromium', ['chromium'], installed);
  if (!hasChineseFonts()) install('fonts for Chinese', ['fontconfig', 'fonts-noto-cjk'], hasChineseFonts);
  return browser;
}

function installed(): string | undefined {
  const candidates = process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH] : KNOWN;
  return candidates.find((path) => spawnSync(path, ['--version'], { timeout: 30_000 }).status === 0);
}

function hasChineseFonts(): true | undefined {
  if (process.platform !== 'linux') return true;
  const listed = spawnSync('fc-list', [':lang=zh-cn', 'family'], { encoding: 'utf8' });
  return listed.status === 0 && listed.stdout.trim() !== '' ? true : undefined;
}

function install<T>(what: string, packages: string[], find: () => T | undefined): T {
  const found = canInstall() && apt(packages) ? find() : undefined;
  if (found) return found;
  throw new Error(
    `The journeys need ${what}, which could not be installed here. Install it yourself ` +
      `(on Debian: apt install ${packages.join(' ')}) or name a browser with CHROMIUM_PATH.`,
  );
}

function canInstall(): boolean {
  return spawnSync('apt-get', ['--version']).status === 0;
}

function apt(packages: string[]): boolean {
  say(`… installing ${packages.join(', ')} (apt-get)`);
  const asRoot = (args: string[]) => {
    const [command, ...rest] = process.getuid?.() === 0 ? args : ['sudo', '-n', ...args];
    return spawnSync(command as string, rest, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  asRoot(['apt-get', '-qq', 'update']);
  const run = asRoot(['apt-get', '-qq', '-y', 'install', '--no-install-recommends', ...packages]);
  if (run.status !== 0) process.stderr.write(`${run.stderr ?? run.error}\n`);
  return run.status === 0;
}
