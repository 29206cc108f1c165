import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { takeLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'qijian-lock-'));
const children: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that looks like a launcher. */
function launcher(): number {
  const place = join(folder, 'elsewhere');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'launch.ts'), 'setInterval(() => {}, 1000);');
  const child = spawn(process.execPath, [join(place, 'launch.ts')]);
  children.push(child);
  return child.pid as number;
}

test('a second start on the same data folder is refused with the address of the first', async () => {
  const file = join(folder, 'held.lock');
  writeFileSync(file, JSON.stringify({ pid: launcher(), address: 'http://127.0.0.1:3000' }));
  await expect(takeLock(file, 'http://127.0.0.1:3001', 300)).rejects.toThrow(/http:\/\/127\.0\.0\.1:3000/);
});

test('a start waits for the one that is just stopping', async () => {
  const file = join(folder, 'released.lock');
  writeFileSync(file, JSON.stringify({ pid: launcher(), address: 'first' }));
  setTimeout(() => rmSync(file), 400);
  const release = await takeLock(file, 'second', 5_000);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ pid: process.pid, address: 'second' });
  release();
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['of a killed process', JSON.stringify({ pid: 2_147_483_646, address: 'gone' })],
  ['whose process id now belongs to something else', JSON.stringify({ pid: 1, address: 'reused' })],
  ['that was not written to its end', '{"pi'],
])('a lock %s is taken over', async (name, content) => {
  const file = join(folder, `${name}.lock`);
  writeFileSync(file, content);
  const release = await takeLock(file, 'new', 300);
  release();
});
