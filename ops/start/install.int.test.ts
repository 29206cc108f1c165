import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const checkout = mkdtempSync(join(tmpdir(), 'qijian-checkout-'));
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

test('the first start installs and goes on though the terminal it wrote to is gone', async () => {
  const folder = join(checkout, 'ops/start');
  mkdirSync(folder, { recursive: true });
  for (const file of ['install.mjs', 'start.mjs'])
    cpSync(fileURLToPath(new URL(file, import.meta.url)), join(folder, file));
  writeFileSync(
    join(folder, 'launch.ts'),
    `import { writeFileSync } from 'node:fs'; writeFileSync('launched', '');`,
  );
  writeFileSync(join(checkout, 'package-lock.json'), '{ "packages": {} }');
  const bin = join(checkout, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'npm'),
    `#!/bin/sh
if [ "$1" = ci ]; then
  mkdir -p node_modules/node/bin && ln -s ${process.execPath} node_modules/node/bin/node
  echo '{ "packages": {} }' > node_modules/.package-lock.json
else echo 11.0.0; fi`,
    { mode: 0o755 },
  );
  const start = spawn(process.execPath, [join(folder, 'start.mjs')], {
    env: { PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  start.stdout.destroy();
  start.stderr.destroy();
  const [code] = await once(start, 'exit');
  expect(code).toBe(0);
  expect(readFileSync(join(checkout, 'launched'), 'utf8')).toBe('');
});
