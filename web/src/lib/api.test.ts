import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { api } from './api.ts';

/** A server that carries every key out once; `cut` loses its answers. */
const done = new Map<string, string>();
let keys: string[] = [];
let cut = false;
let status = 200;
beforeEach(() => {
  done.clear();
  keys = [];
  status = 200;
  vi.stubGlobal('fetch', async (path: string, { method, headers }: RequestInit) => {
    const key = (headers as Record<string, string>)['idempotency-key'] ?? '';
    keys.push(key);
    if (status < 400) done.set(key, `${method} ${path}`);
    if (cut) throw new TypeError('network');
    return new Response(JSON.stringify(status < 400 ? {} : { type: 'state-conflict', status }), { status });
  });
});
afterEach(() => vi.unstubAllGlobals());
const without = async (work: () => Promise<unknown>) => {
  cut = true;
  await expect(work()).rejects.toThrow();
  cut = false;
};

test.each([
  ['POST', () => api.post('/api/customers/1/comments', { text: '好' })],
  ['PATCH', () => api.patch('/api/documents/1', { type: 'other' })],
  ['DELETE', () => api.del('/api/documents/1')],
])('%s of which the answer was lost is done once, however often it is asked for again', async (_, work) => {
  await without(work);
  await without(work);
  await work();
  expect(done.size).toBe(1);
  await work();
  expect(done.size).toBe(2);
});

test('what was refused is another intention when it is asked for again', async () => {
  status = 409;
  await expect(api.post('/api/customers/1/submit')).rejects.toThrow();
  await expect(api.post('/api/customers/1/submit')).rejects.toThrow();
  expect(new Set(keys).size).toBe(2);
});

test('who has gone on to something else means it anew; a sign of life in between changes nothing', async () => {
  const claim = () => api.post('/api/customers/1/claim');
  await without(claim);
  await api.post('/api/customers/1/claim/heartbeat');
  await without(claim);
  expect(keys[2]).toBe(keys[0]);
  await api.post('/api/customers/1/release');
  await claim();
  expect(keys.at(-1)).not.toBe(keys[0]);
});
