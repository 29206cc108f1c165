import { expect, test } from 'vitest';
import type { QueuedUpload } from '#lib/features/documents/upload-queue.ts';
import { leftWords, uploadWords } from './upload-words.ts';

const upload = (over: Partial<QueuedUpload>): QueuedUpload => ({
  id: 'a',
  userId: 'portal:a',
  customerId: 'c',
  customerName: '',
  type: 'id_card_front',
  filename: 'a.jpg',
  url: null,
  createdAt: 0,
  isPrepared: true,
  state: 'uploading',
  percent: 0,
  resumedAt: 0,
  size: 270 * 1024,
  problem: null,
  ...over,
});

test('what has begun to be sent is said in whole units of its own', () => {
  expect(uploadWords(upload({ percent: 1 }), false)).toBe('3 KB / 270 KB');
  expect(uploadWords(upload({ percent: 50, size: 4 * 1024 * 1024 }), false)).toBe('2.0 MB / 4.0 MB');
});

test('an upload that the person stopped says so, and not that the network is gone', () => {
  const paused = upload({ state: 'paused', percent: 40 });
  expect(uploadWords(paused, true)).toBe('你暂停了，停在 40%；点「继续上传」接着传');
  expect(uploadWords(paused, false)).toBe('停在 40%，网络恢复后继续');
});

test('the time that is left is said in seconds, then in minutes, and not before it is known', () => {
  expect(leftWords(200 * 1024, null)).toBe('还剩 200 KB');
  expect(leftWords(200 * 1024, 40)).toBe('还剩 200 KB，约 40 秒');
  expect(leftWords(20 * 1024 * 1024, 300)).toBe('还剩 20.0 MB，约 5 分钟');
});
