import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@qijian/ops/start/embedded/processes.ts';
import { SMALL_MEMORY } from '@qijian/ops/start/embedded/small-memory.ts';
import type { Installation } from '../../support/installation.ts';
import { message, start, stop } from '../../support/processes.ts';

/** The raw server on the installation's Postgres and disk; `event` is broadcast after each upload. */
export async function openRaw(installation: Installation, event: unknown = {}) {
  const port = await freePort();
  const env = {
    DATABASE_URL: installation.databaseUrl,
    FILES: mkdtempSync(join(installation.dataDir, 'raw-')),
    PORT: String(port),
    EVENT: JSON.stringify(event),
  };
  // As the product's server runs.
  const child = start(
    '../load/raw/server.ts',
    { ...env, ...SMALL_MEMORY.env },
    { node: [...SMALL_MEMORY.args] },
  );
  await message(child, (body) => body === 'ready');
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid as number, close: () => stop(child) };
}
