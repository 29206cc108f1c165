import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { removeDataDir, temporaryDataDir } from '@qijian/e2e/fixtures/services.ts';
import { afterAll, expect, test } from 'vitest';
import { redisProgram } from './redis-program.ts';

const tools = temporaryDataDir();
afterAll(() => removeDataDir(tools));
const hasApt = spawnSync('apt-get', ['--version']).status === 0;

test('where no Redis is on PATH the package of the distribution is unpacked privately and runs', {
  skip: !hasApt,
  timeout: 120_000,
}, async () => {
  const path = join(tools, 'bin');
  mkdirSync(path, { recursive: true });
  for (const name of ['apt-get', 'dpkg-deb'])
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(path, name));
  const program = await redisProgram(tools, path);
  expect(program.command).toBe(join(tools, 'redis/usr/bin/redis-server'));
  expect(execFileSync(program.command, ['--version'], { env: program.env, encoding: 'utf8' })).toMatch(
    /^Redis server v=\d/,
  );
});

test('where Redis can be neither found nor downloaded, a sentence says what to install', async () => {
  await expect(redisProgram(join(tools, 'none'), '/nowhere')).rejects.toThrow(
    /Redis is needed.*Install.*REDIS_URL/,
  );
});
