import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProduct } from './product.ts';

/** One product for all journeys; with QIJIAN_URL set the one that runs there is used. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  // Journeys start products of their own too: what this one has compiled they need not compile again.
  const compiled = mkdtempSync(join(tmpdir(), 'qijian-compiled-'));
  process.env.NODE_COMPILE_CACHE = compiled;
  const product = process.env.QIJIAN_URL ? null : await startProduct();
  if (product) process.env.QIJIAN_URL = product.address;
  return async () => {
    await product?.remove();
    rmSync(compiled, { recursive: true, force: true });
  };
}
