import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addressOf, call } from './api.ts';

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

const params = { id: '1' };

test.each([
  ['POST', () => call('POST /api/customers/:id/comments', { params, body: { body: '好' } })],
  ['PATCH', () => call('PATCH /api/documents/:id', { params, body: { type: 'other' } })],
  ['DELETE', () => call('DELETE /api/documents/:id', { params })],
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
  const submit = () => call('POST /api/customers/:id/submit', { params, body: {} });
  await expect(submit()).rejects.toThrow();
  await expect(submit()).rejects.toThrow();
  expect(new Set(keys).size).toBe(2);
});

test('who has gone on to something else means it anew; a sign of life in between changes nothing', async () => {
  const claim = () => call('POST /api/customers/:id/claim', { params, body: {} });
  await without(claim);
  await call('POST /api/customers/:id/claim/heartbeat', { params });
  await without(claim);
  expect(keys[2]).toBe(keys[0]);
  await call('POST /api/customers/:id/release', { params, body: {} });
  await claim();
  expect(keys.at(-1)).not.toBe(keys[0]);
});

test('what has no answer yet is known by its key alone: no password is kept', async () => {
  const kept = vi.spyOn(Map.prototype, 'set');
  const change = (newPassword: string) => () =>
    call('POST /api/auth/password', { body: { currentPassword: 'the-one-before', newPassword } });
  await without(change('winter-is-over'));
  await without(change('summer-is-near'));
  await without(change('winter-is-over'));
  expect(JSON.stringify(kept.mock.calls)).not.toMatch(/the-one-before|winter|summer/);
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys[2]).toBe(keys[0]);
  kept.mockRestore();
});

test('an address has its parts and its query written as addresses are', async () => {
  expect(
    addressOf('GET /api/documents/:id/preview', { params: { id: 'a/b' }, query: { page: 2, strip: 1 } }),
  ).toBe('/api/documents/a%2Fb/preview?page=2&strip=1');
  expect(addressOf('GET /api/documents/:id/file', { params })).toBe('/api/documents/1/file');
});
