import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export type Settings = {
  host: string;
  port: number;
  dataDir: string;
  /** Where a browser on this machine finds the product. */
  address: string;
};

/** What the launcher itself needs from the environment and `.env`; everything else is for server and worker. */
export function readSettings(): Settings {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  const host = process.env.HOST || '127.0.0.1';
  const port = Number(process.env.PORT || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`PORT must be a number from 1 to 65535; it is "${process.env.PORT}".`);
  }
  const dataDir = resolve(ROOT, process.env.DATA_DIR || '.data');
  return { host, port, dataDir, address: `http://${reachableHost(host)}:${port}` };
}

/** An address for all interfaces is none a browser can open. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether only this machine reaches what listens on this address. */
export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** Rejects with a sentence when the port is taken. */
export async function checkPort({ host, port }: Settings): Promise<void> {
  const probe = createServer();
  await new Promise<void>((done, fail) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`;
      fail(new Error(`Port ${port} on ${host} ${reason}. Choose another one: PORT=${port + 1} npm start`));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => done()));
  });
}
