import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const SCRIPT = `
  import { pino } from 'pino';
  import { logStream } from './log-stream.ts';
  const log = pino({}, logStream());
  process.stdin.once('data', () => {
    log.info('one');
    log.info('another, while the first is being written');
    process.exit(7);
  });
`;

test('a process ends with its own code although the reader of its log has gone before', async () => {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', SCRIPT], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdout.destroy();
  child.stdin.write('go');
  const timer = setTimeout(() => child.kill('SIGKILL'), 4_000);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  expect(code).toBe(7);
});
