import { samplePdf, samplePng } from '@qijian/e2e/fixtures/sample-files.ts';
import { expect, test } from 'vitest';
import { limits } from '#lib/limits.ts';
import { lookAtFiles } from './look-at-files.ts';

test('every file that cannot be sent is named with its reason, and the others are kept', async () => {
  const gone = Object.assign(new File(['%PDF-1.7'], '没了.pdf'), {
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }),
  });
  limits.maxFileBytes = 20 * 1024 * 1024;
  const { good, refused } = await lookAtFiles([
    new File([samplePdf()], '流水.pdf'),
    new File(['hello'], '说明.txt'),
    new File([], '空.jpg'),
    new File([samplePdf(), new Uint8Array(20 * 1024 * 1024)], '太大.pdf'),
    new File([samplePng()], '截屏.png'),
    gone,
  ]);
  expect(good.map(({ name }) => name)).toEqual(['流水.pdf', '截屏.png']);
  expect(refused.map(({ name }) => name)).toEqual(['说明.txt', '空.jpg', '太大.pdf', '没了.pdf']);
  expect(new Set(refused.map(({ words }) => words)).size).toBe(4);
  expect(refused[2]?.words).toMatch(/20\.0 MB.*20 MB/);
});
