import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startChild } from './child-process.ts';
import { RotatingLog } from './rotating-log.ts';
import { supervise } from './supervised.ts';

const folder = mkdtempSync(join(tmpdir(), 'qijian-watchdog-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a process whose event loop stands is ended and started again', async () => {
  const starts = join(folder, 'starts');
  const file = join(folder, 'standing.mjs');
  writeFileSync(
    file,
    `import { appendFileSync } from 'node:fs';
     const { startWatchdog } = await import(${JSON.stringify(new URL('../../server/src/watchdog.ts', import.meta.url).href)});
     startWatchdog(1000);
     appendFileSync(${JSON.stringify(starts)}, '.');
     setTimeout(() => { for (;;); }, 100);`,
  );
  const log = new RotatingLog(join(folder, 'standing.log'));
  const running = await supervise('test', () =>
    startChild({ root: folder, args: [file], env: process.env, log }),
  );
  try {
    await expect.poll(() => readFileSync(starts, 'utf8').length).toBeGreaterThanOrEqual(2);
    expect(log.tail()).toContain('the event loop stood');
  } finally {
    await running.stop();
  }
});
