import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../features/documents/testing/documents-world.ts';
import { addCustomer } from '../features/portal/testing/phones.ts';

/** On everything that this port answers. */
const COMMON = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};
const CLOSED = "default-src 'none';frame-ancestors 'none'";
/** Of the message rather than of what is allowed with it. */
const PLAIN = /^(date|connection|keep-alive|transfer-encoding|content-(length|type|disposition)|vary)$/;

const folder = mkdtempSync(join(tmpdir(), 'qijian-headers-'));
let world: World;
beforeAll(async () => {
  const web = join(folder, 'handler.mjs');
  writeFileSync(
    web,
    `export function handler(request, response) {
       response.setHeader('content-security-policy', "script-src 'nonce-1'");
       response.end('<p>');
     }`,
  );
  world = await openWorld({ PUBLIC_URL: 'https://qijian.example', WEB_HANDLER: web });
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function headersOf(path: string, init?: RequestInit): Promise<[number, Record<string, string>]> {
  const answer = await fetch(`${world.origin}${path}`, init);
  return [answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !PLAIN.test(name)))];
}

test('a page, an answer, an original and a refusal have exactly these headers', async () => {
  const staff = await world.test.loginAs('staff');
  const headers = { cookie: staff.cookie };
  const picture = sampleJpeg({ width: 640, height: 400 });
  const { id } = await world.add(staff, (await addCustomer(staff)).id, 'front.jpg', picture);

  // The policy of a page is what the web app says of it.
  expect(await headersOf('/login')).toEqual([
    200,
    { ...COMMON, 'content-security-policy': "script-src 'nonce-1'" },
  ]);
  const answered = { ...COMMON, 'cache-control': 'no-store', 'content-security-policy': CLOSED };
  expect(await headersOf('/api/auth/me', { headers })).toEqual([200, answered]);
  expect(await headersOf(`/api/documents/${id}/file`, { headers })).toEqual([
    200,
    { ...answered, 'content-security-policy': "sandbox; default-src 'none'" },
  ]);
  expect(await headersOf('/api/auth/me')).toEqual([401, answered]);
  expect(await headersOf('/api/nothing')).toEqual([404, answered]);
  const foreign = { method: 'POST', headers: { origin: 'https://evil.example' } };
  expect(await headersOf('/login', foreign)).toEqual([403, answered]);
});
