import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostileFiles } from '../fixtures/hostile-files.ts';

/** Writes every hostile file the project knows into a folder: `node e2e/faults/hostile-files.ts <folder>`. */
const folder = process.argv[2];
if (!folder) throw new Error('Say into which folder.');
await mkdir(folder, { recursive: true });
for (const { what, filename, content, outcome } of hostileFiles()) {
  const name = `${what.replaceAll(/[^a-z0-9]+/gi, '-')}--${filename}`;
  await writeFile(join(folder, name), content);
  console.log(`${name}: ${JSON.stringify(outcome)}`);
}
