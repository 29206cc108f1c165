import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startChild } from './child-process.ts';
import { RotatingLog } from './rotating-log.ts';
import { supervise } from './supervised.ts';

const folder = mkdtempSync(join(tmpdir(), 'qijian-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, text: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return file;
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a process that ends by itself is started again until it is stopped', async () => {
  const pids = join(folder, 'pids');
  const file = script(
    'crashing',
    `import { appendFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n');
     setTimeout(() => process.exit(1), 50);`,
  );
  const log = new RotatingLog(join(folder, 'crashing.log'));
  const starts = () => readFileSync(pids, 'utf8').trim().split('\n').length;
  const running = await supervise('test', () =>
    startChild({ root: folder, args: [file], env: process.env, log }),
  );
  await expect.poll(starts).toBeGreaterThanOrEqual(3);
  await running.stop();
  await running.exited;
  const atStop = starts();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(starts()).toBe(atStop);
});

test('a process that never gets ready because it ends is reported with its last words', async () => {
  const file = script('broken', `console.error('the reason'); process.exit(1);`);
  const log = new RotatingLog(join(folder, 'broken.log'));
  const start = startChild({
    root: folder,
    args: [file],
    env: process.env,
    log,
    ready: () => Promise.reject(new Error('not yet')),
  });
  await expect(start).rejects.toThrow(/the reason/);
});

test('a stopped process may finish its work; its exit is awaited', async () => {
  const done = join(folder, 'done');
  const file = script(
    'graceful',
    `import { writeFileSync } from 'node:fs';
     process.on('SIGTERM', () => setTimeout(() => { writeFileSync(${JSON.stringify(done)}, 'yes'); process.exit(0); }, 200));
     setInterval(() => {}, 1000);
     console.log('listening');`,
  );
  const log = new RotatingLog(join(folder, 'graceful.log'));
  const running = await startChild({
    root: folder,
    args: [file],
    env: process.env,
    log,
    ready: async () => expect(log.tail()).toContain('listening'),
  });
  await running.stop();
  expect(readFileSync(done, 'utf8')).toBe('yes');
});

test('children end when their launcher is killed outright', async () => {
  const child = script('child', `console.log('pid ' + process.pid); setInterval(() => {}, 1000);`);
  const launcher = script(
    'launcher',
    `const { startChild } = await import(${JSON.stringify(import.meta.resolve('./child-process.ts'))});
     await startChild({ root: '.', args: [${JSON.stringify(child)}], env: process.env, log: undefined });
     setInterval(() => {}, 1000);`,
  );
  const parent = spawn(process.execPath, [launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await once(parent.stdout, 'data');
  const pid = Number(/pid (\d+)/.exec(String(output))?.[1]);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('a log keeps its size within bounds and the newest lines', () => {
  const log = new RotatingLog(join(folder, 'bounded.log'), 1000);
  for (let line = 0; line < 100; line += 1) log.write(Buffer.from(`line ${line} ${'x'.repeat(50)}\n`));
  const kept = readFileSync(log.file, 'utf8');
  expect(kept.length + readFileSync(`${log.file}.1`, 'utf8').length).toBeLessThan(2200);
  expect(kept).toContain('line 99 ');
  expect(log.tail(1)).toContain('line 99 ');
});
