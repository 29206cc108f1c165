import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleJpeg } from '@qijian/e2e/fixtures/sample-files.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../testing/test-app.ts';
import { openWorld, type World } from './testing/documents-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'qijian-full-disk-'));
const mounted = mount();

/** A file system of 8 MB of its own; that takes root on Linux. */
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'qijian-test', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!mounted)('a full disk (needs root on Linux, for a small file system)', () => {
  let world: World;
  let staff: Person;
  beforeAll(async () => {
    world = await openWorld({ DATA_DIR: folder });
    staff = await world.test.loginAs('staff');
  });
  afterAll(async () => {
    await world.close();
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });

  let unique = 0;
  const jpeg = () => sampleJpeg({ comment: `full ${unique++}`, padTo: 3_000_000 });
  const post = (customerId: string) =>
    world.post(staff, customerId, [
      ['type', 'other'],
      ['file', { filename: 'a.jpg', content: jpeg() }],
    ]);

  test('uploads are refused cleanly, reads go on, and it recovers by itself', async () => {
    const customerId = await world.customer(staff);
    const answers = [];
    for (let n = 0; n < 4; n++) answers.push(await post(customerId));
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 507, 507]);
    expect(answers[2]?.body.type).toBe('storage-full');
    expect(world.files()).toHaveLength(2);
    expect(await world.events(customerId)).toEqual(['document.added', 'document.added']);
    const first = answers[0]?.body.documents[0]?.id;
    const read = await fetch(`${world.origin}/api/documents/${first}/file`, {
      headers: { cookie: staff.cookie },
    });
    expect((await read.arrayBuffer()).byteLength).toBe(answers[0]?.body.documents[0]?.size);

    const created = await tus('POST', '/api/uploads', {
      'upload-length': '3000000',
      'upload-metadata': `customerId ${btoa(customerId)},type ${btoa('other')},filename ${btoa('b.jpg')}`,
    });
    const url = created.headers.get('location') as string;
    const content = jpeg().slice(0, 3_000_000);
    const full = await patch(url, 0, content);
    expect(full.status).toBe(507);

    execFileSync('mount', ['-o', 'remount,size=32m', folder]);
    expect((await post(customerId)).status).toBe(201);
    const offset = Number((await tus('HEAD', url)).headers.get('upload-offset'));
    expect((await patch(url, offset, content.slice(offset))).status).toBe(204);
    expect(await world.events(customerId)).toHaveLength(4);
  });

  const tus = (
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body?: Uint8Array<ArrayBuffer>,
  ) =>
    fetch(new URL(url, world.origin), {
      method,
      headers: { cookie: staff.cookie, 'tus-resumable': '1.0.0', ...headers },
      ...(body ? { body } : {}),
    });
  const patch = (url: string, offset: number, body: Uint8Array<ArrayBuffer>) =>
    tus(
      'PATCH',
      url,
      { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      body,
    );
});
