import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';

const GOOD = { DATABASE_URL: 'postgres://localhost/qijian', REDIS_URL: 'redis://localhost' };

test('what is not given has its default', () => {
  expect(loadConfig({ ...GOOD, PORT: '', MAX_FILE_MB: '5' })).toMatchObject({
    PORT: 3000,
    HOST: '127.0.0.1',
    SESSION_IDLE_HOURS: 12,
    SESSION_ABSOLUTE_DAYS: 30,
    maxFileBytes: 5 * 1024 * 1024,
    trustProxy: [],
  });
});

test('every variable that is wrong is named at once', () => {
  const wrong = () =>
    loadConfig({
      DATABASE_URL: 'mysql://localhost',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      PUBLIC_URL: 'qijian.example/path',
      SESSION_IDLE_HOURS: '1.5',
    });
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'PORT', 'LOG_LEVEL', 'PUBLIC_URL', 'SESSION_IDLE_HOURS']) {
    expect(wrong).toThrow(new RegExp(`^  ${name}: `, 'm'));
  }
});

test('a storage that this version does not have is refused rather than ignored', () => {
  expect(() => loadConfig({ ...GOOD, S3_BUCKET: 'files' })).toThrow(/S3_/);
});

test('proxies are a list of addresses', () => {
  expect(loadConfig({ ...GOOD, TRUST_PROXY: '10.0.0.1, 10.1.0.0/16' }).trustProxy).toEqual([
    '10.0.0.1',
    '10.1.0.0/16',
  ]);
});
