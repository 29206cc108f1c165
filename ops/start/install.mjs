// Runs on whatever Node the machine has (20 or newer), before any dependency exists.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PROJECT_NODE = join(ROOT, 'node_modules/node/bin/node');
const LOCK = join(ROOT, '.data/install.lock');

/** Installs what is missing, then runs a script of this folder on the project's own Node; never returns. */
export async function runOnProjectNode(script, args) {
  // Whoever read the output may be gone, with the terminal: the start goes on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  try {
    checkMachine();
    await installDependencies();
  } catch (error) {
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
  handOver(join(ROOT, 'ops/start', script), args);
}

function checkMachine() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    throw new Error(
      `Node 20 or newer is needed; this is ${process.version}. Install it from https://nodejs.org or with your package manager.`,
    );
  }
  if (process.platform === 'win32') throw new Error('Windows is not supported directly: use WSL.');
  const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' });
  if (npm.status !== 0) throw new Error('npm was not found. Install it (on Debian: apt install npm).');
  if (Number(npm.stdout.split('.')[0]) < 9) {
    throw new Error(`npm 9 or newer is needed; this is ${npm.stdout.trim()}. Run: npm install -g npm@11`);
  }
}

async function installDependencies() {
  if (isInstalled()) return;
  const release = await lockInstall();
  try {
    if (isInstalled()) return;
    const since = Date.now();
    process.stdout.write('  … installing dependencies (npm ci; a minute or two the first time)\n');
    // The web app is built here, so development packages are needed whatever NODE_ENV says.
    const output = await run('npm', [
      'ci',
      '--include=dev',
      '--ignore-scripts=false',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
    if (!isInstalled()) {
      throw new Error(
        `The dependencies could not be installed (npm ci):\n${output.trim().split('\n').slice(-20).join('\n')}`,
      );
    }
    process.stdout.write(`  ✓ dependencies installed  ${((Date.now() - since) / 1000).toFixed(1)} s\n`);
  } finally {
    release();
  }
}

/** Whether what npm noted as installed is what the lock file asks for, and the project's Node runs. */
function isInstalled() {
  const wanted = readPackages(join(ROOT, 'package-lock.json'));
  const present = readPackages(join(ROOT, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  const differs = Object.entries(wanted).some(([path, entry]) => {
    if (!path.includes('node_modules/')) return false;
    const found = present[path];
    return found
      ? found.version !== entry.version
      : !(entry.optional || entry.devOptional || entry.peer || entry.link);
  });
  return !differs && spawnSync(PROJECT_NODE, ['--version']).status === 0;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Two starts from one checkout must not install at the same time. */
async function lockInstall() {
  mkdirSync(dirname(LOCK), { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  for (;;) {
    try {
      const file = openSync(LOCK, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(LOCK, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isRunning(Number(existsSync(LOCK) && readFileSync(LOCK, 'utf8')))) rmSync(LOCK, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function isRunning(pid) {
  if (!pid || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve(String(error)));
    child.on('close', () => resolve(output));
  });
}

function handOver(script, args) {
  const bin = join(ROOT, 'node_modules/.bin');
  const child = spawn(PROJECT_NODE, [script, ...args], {
    cwd: ROOT,
    // The channel tells the child when this process is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
  watchNpm(() => child.connected && child.disconnect());
}

/** npm killed outright passes no signal on; its death shows in our parent's id. */
function watchNpm(onDeath) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onDeath();
  }, 500);
  timer.unref();
}
