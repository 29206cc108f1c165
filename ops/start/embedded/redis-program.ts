import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type RedisProgram = { command: string; env: NodeJS.ProcessEnv };

/**
 * A Redis to run: the machine's own (redis-server or valkey-server on PATH), else the distribution's package
 * unpacked privately into `toolsDir` without root. Throws a sentence that says what to install where neither works.
 */
export async function redisProgram(toolsDir: string, path = process.env.PATH ?? ''): Promise<RedisProgram> {
  const installed = onPath(['redis-server', 'valkey-server'], path);
  if (installed) return { command: installed, env: {} };
  const unpacked = join(toolsDir, 'redis');
  if (!existsSync(unpacked)) {
    if (!onPath(['apt-get'], path) || !onPath(['dpkg-deb'], path)) throw new Error(whatToInstall());
    try {
      await unpack(unpacked);
    } catch (error) {
      rmSync(`${unpacked}.new`, { recursive: true, force: true });
      const reason = String((error as { stderr?: string }).stderr || error)
        .trim()
        .split('\n')
        .at(-1);
      throw new Error(`${whatToInstall()} (Downloading it failed: ${reason})`);
    }
  }
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => libraryFolders(join(unpacked, folder)));
  return {
    command: join(unpacked, 'usr/bin/redis-server'),
    env: { LD_LIBRARY_PATH: libraries.join(':') },
  };
}

function whatToInstall(): string {
  const how =
    process.platform === 'darwin'
      ? 'Install it with "brew install redis"'
      : 'Install redis or valkey with your package manager (apt install redis-server, dnf install valkey, apk add redis, pacman -S valkey)';
  return `Redis is needed and none was found. ${how}, or set REDIS_URL to one that runs elsewhere, then start again.`;
}

/** apt works on lists and a cache of our own, so neither root nor the machine's package state is touched. */
async function unpack(target: string): Promise<void> {
  const partial = `${target}.new`;
  const apt = join(partial, 'apt');
  rmSync(partial, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(apt, folder), { recursive: true });
  const own = [
    ...['-o', `Dir::State::Lists=${apt}/lists`, '-o', `Dir::Cache=${apt}/cache`, '-o', 'Debug::NoLocking=1'],
    ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
  ];
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', [...own, '-qq', 'update'], { env });
  const plan = await run(
    'apt-get',
    [...own, '-qq', '-y', 'install', '--print-uris', '--no-install-recommends', 'redis-tools'],
    { env },
  );
  const missing = [...plan.stdout.matchAll(/^'[^']+' ([^_ ]+)_/gm)].flatMap(([, name]) => name ?? []);
  const packages = [...new Set([...missing, 'redis-tools', 'redis-server'])];
  await run('apt-get', [...own, '-qq', 'download', ...packages], { env, cwd: join(apt, 'debs') });
  for (const file of readdirSync(join(apt, 'debs')))
    await run('dpkg-deb', ['-x', join(apt, 'debs', file), partial]);
  rmSync(apt, { recursive: true, force: true });
  await run(join(partial, 'usr/bin/redis-server'), ['--version'], {
    env: { LD_LIBRARY_PATH: ['usr/lib', 'lib'].flatMap((f) => libraryFolders(join(partial, f))).join(':') },
  });
  renameSync(partial, target);
}

/** Debian keeps libraries in lib/<machine triplet>. */
function libraryFolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inside.map((entry) => join(folder, entry.name))];
}

function onPath(names: string[], path: string): string | undefined {
  const candidates = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
