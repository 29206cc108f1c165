import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TOOLS_DIR } from '../fixtures/services.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START_PATIENCE_MS = 300_000;

export type Product = {
  address: string;
  dataDir: string;
  /** Ends everything in order, as Ctrl-C does, and keeps the data. */
  stop(): Promise<void>;
  /** Ends the launcher as a crash would: nothing gets to say goodbye. */
  kill(): Promise<void>;
  /** Leaves it without the terminal that it writes to. */
  closeTerminal(): void;
  /** Stops and removes the data. */
  remove(): Promise<void>;
};

/**
 * Starts the whole product as a person does (`npm start`) on a free port with a data folder of its own, or again
 * on the data folder of an earlier start.
 */
export async function startProduct(
  options: {
    dataDir?: string;
    env?: NodeJS.ProcessEnv;
    /** Gives way to everything else on this machine, as if it ran on another one. */
    givesWay?: boolean;
  } = {},
): Promise<Product> {
  const dataDir = options.dataDir ?? newDataDir();
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const { DATABASE_URL, REDIS_URL, ...inherited } = process.env;
  const command = [process.execPath, join(ROOT, 'ops/start/start.mjs')];
  const [program = '', ...args] = options.givesWay ? ['nice', ...command] : command;
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...inherited, PORT: String(port), HOST: '127.0.0.1', DATA_DIR: dataDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const exited = once(child, 'exit');
  const ended = () => child.exitCode !== null || child.signalCode !== null;

  const until = Date.now() + START_PATIENCE_MS;
  while (!output.includes('ready in')) {
    if (ended() || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`The product did not start:\n${output}`);
    }
    await sleep(50);
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!ended()) child.kill(signal);
    await exited;
  };
  return {
    address,
    dataDir,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    closeTerminal: () => {
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    },
    remove: async () => {
      await end('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Where no Redis is installed, one that was unpacked before serves every product. */
function newDataDir(): string {
  const dataDir = join(tmpdir(), `qijian-e2e-${randomBytes(6).toString('hex')}`);
  mkdirSync(TOOLS_DIR, { recursive: true });
  mkdirSync(dataDir, { mode: 0o700 });
  symlinkSync(TOOLS_DIR, join(dataDir, 'tools'));
  return dataDir;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}
