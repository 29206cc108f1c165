import { readFileSync } from 'node:fs';
import { SMALL_MEMORY } from '@qijian/ops/start/embedded/small-memory.ts';
import { expect, test } from 'vitest';
import { ROOT } from './sources.ts';

const read = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8');
/** What a command in brackets says, quoted or not: `["node", "--a", "x.ts"]`, `[node, --a, x.ts]`. */
const commands = (text: string) =>
  [...text.matchAll(/\[["']?node["']?,(.*\/main\.ts)["']?\]/g)].map(([, said = '']) =>
    said.split(',').map((word) => word.trim().replaceAll(/["']/g, '')),
  );

test('containers keep their heaps as small as the launcher does', () => {
  expect([...commands(read('ops/deploy/Dockerfile')), ...commands(read('docker-compose.yml'))]).toEqual([
    [...SMALL_MEMORY.args, 'server/src/main.ts'],
    [...SMALL_MEMORY.args, 'workers/src/main.ts'],
  ]);
});

test('containers give memory back as the launcher’s processes do', () => {
  const said = [...read('ops/deploy/Dockerfile').matchAll(/\b(MALLOC_\w+)=(\S+)/g)];
  expect(Object.fromEntries(said.map(([, name, value]) => [name, value]))).toEqual(SMALL_MEMORY.env);
});
