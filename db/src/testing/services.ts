import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Name of the migrated database that every test database is cloned from. */
export const TEMPLATE_DATABASE = 'qijian_template';

/** Where a Redis unpacked for tests is kept from one run to the next. */
export const TOOLS_DIR = fileURLToPath(new URL('../../../.data/tools', import.meta.url));

/** A name for a new temporary data folder; the service that uses it creates it with the right mode. */
export function temporaryDataDir(): string {
  return join(tmpdir(), `qijian-test-${randomBytes(6).toString('hex')}`);
}

/** Removes a temporary data folder with everything in it. */
export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
