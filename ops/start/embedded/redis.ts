import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import {
  type EmbeddedService,
  endProcess,
  ensureDataDir,
  freePort,
  logTail,
  spawnService,
  writePrivateFile,
} from './processes.ts';
import { type RedisProgram, redisProgram } from './redis-program.ts';

const START_PATIENCE_MS = 30_000;

type Memory = { port: number; password: string };

/**
 * Starts the Redis that belongs to this data folder, on a loopback port with a password kept there (0600); one left
 * over from a killed start is stopped first. Its content is disposable: an unreadable one is thrown away.
 * `toolsDir` is where a downloaded Redis is unpacked (default: inside the data folder).
 */
export async function startRedis(options: { dataDir: string; toolsDir?: string }): Promise<EmbeddedService> {
  const dataDir = resolve(options.dataDir);
  ensureDataDir(dataDir);
  const program = await redisProgram(options.toolsDir ?? join(dataDir, 'tools'));
  const folder = join(dataDir, 'redis');
  const memoryFile = join(dataDir, 'redis.json');
  const logFile = join(dataDir, 'logs/redis.log');
  const known = recall(memoryFile);
  if (known) await endLeftOver(known, folder);
  const memory = known ?? { port: 0, password: randomBytes(24).toString('base64url') };

  for (let attempt = 1; ; attempt += 1) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const port = await freePort(memory.port);
    writePrivateFile(memoryFile, JSON.stringify({ ...memory, port }));
    const service = await tryStart(program, folder, logFile, { ...memory, port });
    if (service) return service;
    if (attempt === 3) throw new Error(`Redis did not start:\n${logTail(logFile)}`);
    if (attempt === 2) rmSync(folder, { recursive: true, force: true });
    await sleep(200);
  }
}

function recall(memoryFile: string): Memory | undefined {
  try {
    return JSON.parse(readFileSync(memoryFile, 'utf8'));
  } catch {
    return undefined;
  }
}

async function tryStart(
  program: RedisProgram,
  folder: string,
  logFile: string,
  memory: Memory,
): Promise<EmbeddedService | undefined> {
  const configFile = join(folder, 'redis.conf');
  writePrivateFile(
    configFile,
    [
      'bind 127.0.0.1',
      `port ${memory.port}`,
      `requirepass ${memory.password}`,
      `dir ${JSON.stringify(folder)}`,
      'daemonize no',
      'appendonly yes',
      'save ""',
      'maxmemory-policy noeviction',
      '',
    ].join('\n'),
  );
  const { child, exited, ended } = await spawnService({
    command: program.command,
    args: [configFile],
    logFile,
    env: { PATH: process.env.PATH, ...program.env },
  });
  const pid = child.pid as number;
  const until = Date.now() + START_PATIENCE_MS;
  while ((await processAt(memory, folder)) !== pid) {
    if (ended()) return undefined;
    if (Date.now() > until) {
      await endProcess(pid, ['SIGTERM', 'SIGKILL']);
      return undefined;
    }
    await sleep(10);
  }
  return {
    url: `redis://:${memory.password}@127.0.0.1:${memory.port}`,
    exited,
    stop: async () => {
      await endProcess(pid, ['SIGTERM', 'SIGKILL']);
      await exited;
    },
  };
}

/** The id of the Redis process that answers with our password from our folder, if one does. */
async function processAt(memory: Memory, folder: string): Promise<number | undefined> {
  const client = new Redis({
    host: '127.0.0.1',
    port: memory.port,
    password: memory.password,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 1000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    if ((await client.ping()) !== 'PONG') return undefined;
    const [, dir] = (await client.config('GET', 'dir')) as string[];
    if (dir !== folder) return undefined;
    return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}

async function endLeftOver(memory: Memory, folder: string): Promise<void> {
  const pid = await processAt(memory, folder);
  if (pid) await endProcess(pid, ['SIGTERM', 'SIGKILL']);
}
