import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { type PostgresHome, postgresHome } from './postgres-home.ts';
import {
  type EmbeddedService,
  endProcess,
  freePort,
  isAlive,
  logTail,
  spawnService,
  writePrivateFile,
} from './processes.ts';

const USER = 'qijian';
const DATABASE = 'qijian';
const START_PATIENCE_MS = 120_000;
/** No process ever has this id: marks a lock file as stale without losing its shared-memory interlock. */
const NOBODY = 2_147_483_646;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // Containers often have a tiny /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  // Statements and row values carry people's data: they never reach a log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
};

type Memory = { port: number; password: string };

/**
 * Starts the Postgres that belongs to this data folder, on a loopback port with a password kept there (0600);
 * a server left over from a killed start is stopped first. The port is kept from one start to the next when free.
 */
export async function startPostgres(options: {
  dataDir: string;
  settings?: Record<string, string>;
}): Promise<EmbeddedService> {
  const home = await postgresHome(options.dataDir);
  const logFile = join(options.dataDir, 'logs/postgres.log');
  const memoryFile = join(options.dataDir, 'postgres.json');
  const cluster = join(realpathSync(home.folder), 'data');
  const memory = existsSync(cluster) ? recall(memoryFile) : initialise(home, cluster, memoryFile);

  await endLeftOver(cluster);
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(memory.port);
    const service = await tryStart(home, cluster, logFile, { ...memory, port }, options.settings ?? {});
    if (service) {
      if (port !== memory.port) writePrivateFile(memoryFile, JSON.stringify({ ...memory, port }));
      return service;
    }
    // Backends of a killed server release its shared memory with a delay, and a probed port may be taken meanwhile.
    if (attempt === 4) throw new Error(`Postgres did not start:\n${logTail(logFile)}`);
    await sleep(500 * attempt);
  }
}

function recall(memoryFile: string): Memory {
  try {
    return JSON.parse(readFileSync(memoryFile, 'utf8'));
  } catch {
    throw new Error(`The password of the database is kept in ${memoryFile}, which cannot be read.`);
  }
}

function initialise(home: PostgresHome, cluster: string, memoryFile: string): Memory {
  const memory = { port: 0, password: randomBytes(24).toString('base64url') };
  const partial = `${cluster}.new`;
  const passwordFile = `${cluster}.password`;
  rmSync(partial, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${memory.password}\n`, { mode: 0o600, flag: 'wx' });
  if (home.account) chownSync(passwordFile, home.account.uid, home.account.gid);
  const run = spawnSync(
    home.initdb,
    [
      `--pgdata=${partial}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    { cwd: '/', env: programEnv(), encoding: 'utf8', ...home.account },
  );
  rmSync(passwordFile, { force: true });
  if (run.status !== 0) throw new Error(`The database could not be created:\n${run.stderr || run.error}`);
  writePrivateFile(memoryFile, JSON.stringify(memory));
  renameSync(partial, cluster);
  return memory;
}

async function tryStart(
  home: PostgresHome,
  cluster: string,
  logFile: string,
  memory: Memory,
  settings: Record<string, string>,
): Promise<EmbeddedService | undefined> {
  const flags = Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `--${name}=${value}`);
  const { child, exited, ended } = await spawnService({
    command: home.postgres,
    args: ['-D', cluster, '-p', String(memory.port), ...flags],
    logFile,
    env: programEnv(),
    account: home.account,
  });
  const pid = child.pid as number;
  const until = Date.now() + START_PATIENCE_MS;
  while (!isReady(cluster, pid)) {
    if (ended()) return undefined;
    if (Date.now() > until) {
      await endProcess(pid, ['SIGINT', 'SIGKILL']);
      return undefined;
    }
    await sleep(20);
  }
  const stop = async () => {
    await endProcess(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL']);
    await exited;
  };
  const url = (database: string) =>
    `postgres://${USER}:${memory.password}@127.0.0.1:${memory.port}/${database}`;
  try {
    await createDatabase(url('postgres'), cluster);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: url(DATABASE), exited, stop };
}

async function createDatabase(url: string, cluster: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql<
      { folder: string; exists: boolean }[]
    >`select current_setting('data_directory') as folder, exists (select from pg_database where datname = ${DATABASE})`;
    if (row?.folder !== cluster) throw new Error(`Another Postgres answers in the place of ${cluster}.`);
    if (!row.exists) await sql.unsafe(`create database ${DATABASE}`);
  } finally {
    await sql.end();
  }
}

/** The server writes its state into the eighth line of its lock file. */
function isReady(cluster: string, pid: number): boolean {
  const lines = lockLines(cluster);
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

async function endLeftOver(cluster: string): Promise<void> {
  const lines = lockLines(cluster);
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (isPostgresOf(cluster, pid)) {
    await endProcess(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL']);
  } else {
    // The pid now belongs to another program, which Postgres would take for a running server.
    writeFileSync(join(cluster, 'postmaster.pid'), [NOBODY, ...lines.slice(1)].join('\n'));
  }
}

function isPostgresOf(cluster: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(cluster);
  } catch {
    const listed = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return listed.stdout?.includes(`-D ${cluster} `) ?? false;
  }
}

function lockLines(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Nothing of the product's own environment (secrets, PG* variables) is handed to Postgres. */
function programEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}
