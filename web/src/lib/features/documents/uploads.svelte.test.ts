import 'fake-indexeddb/auto';
// Loaded here, as the queue loads it with the first file, while the clock stands still.
import './compress.ts';
import './tus.ts';
import { idOf } from '@qijian/e2e/fixtures/contract-samples.ts';
import {
  AnsweringServer,
  enterPage,
  leavePage,
  quiet,
  until,
} from '@qijian/e2e/fixtures/page-surroundings.ts';
import { UploadLine } from '@qijian/e2e/fixtures/upload-line.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pending } from '#lib/pending.svelte.ts';
import { deleteUploadsOf, storedUpload, unfinishedUploads } from './upload-store.ts';
import { UploadQueue } from './uploads.svelte.ts';

const ME = idOf(9_003);
const OTHER = idOf(9_004);
const CUSTOMER = { id: idOf(1), name: '陈思远' };

let line: UploadLine;
let network: (isUp: boolean) => void;
let queue: UploadQueue;

const pdf = (name: string, size = 40) =>
  new File([`%PDF-1.7\n${'x'.repeat(size)}`], name, { type: 'application/pdf' });
const states = () => queue.list.map(({ filename, state }) => `${filename} ${state}`);
const state = (filename = 'a.pdf') => queue.list.find((upload) => upload.filename === filename)?.state;
const posts = () => line.sent.filter((request) => request.startsWith('POST')).length;
const add = (...names: string[]) =>
  queue.add(
    CUSTOMER,
    names.map((name) => ({ file: pdf(name), type: 'bank_statement' })),
  );
/** Takes one file to where its bytes are under way, and held back there. */
async function underWay(name = 'a.pdf') {
  await add(name);
  await until(() => line.sent.length === 1);
  line.holds = true;
  await until(() => line.waiting === 1);
}
/** What the queue does after a while, without waiting for it. */
async function later(ms: number) {
  vi.advanceTimersByTime(ms);
  await quiet();
}

beforeEach(async () => {
  line = new UploadLine(idOf);
  const lineOfPage = enterPage(new AnsweringServer());
  network = (isUp) => {
    line.isCut = !isUp;
    lineOfPage(isUp);
  };
  vi.stubGlobal('XMLHttpRequest', line.requestClass);
  queue = new UploadQueue();
  await queue.start(ME);
});
afterEach(async () => {
  await queue.wipe(ME);
  await deleteUploadsOf(OTHER);
  await quiet();
  leavePage();
});

/** Another page of this browser, or this one after a reload. */
async function nextPage(person = ME) {
  const page = new UploadQueue();
  await page.start(person);
  return page;
}

describe('files that are chosen', () => {
  it('are sent three at a time, in the order in which they were chosen', async () => {
    line.holds = true;
    await add('a.pdf', 'b.pdf', 'c.pdf', 'd.pdf');
    await until(() => line.waiting === 3);
    await quiet();
    expect(states()).toEqual(['a.pdf uploading', 'b.pdf uploading', 'c.pdf uploading', 'd.pdf waiting']);
    line.go();
    await until(() => queue.list.every((upload) => upload.state === 'arrived'));
    expect(posts()).toBe(4);
    expect([...line.uploads.values()].every(({ size, received }) => size === received)).toBe(true);
  });

  it('are on the device before the first byte is sent, and off it once they have arrived', async () => {
    line.holds = true;
    await add('a.pdf');
    await until(() => line.waiting === 1);
    expect((await unfinishedUploads(ME)).map(({ filename }) => filename)).toEqual(['a.pdf']);
    line.go();
    await until(() => state() === 'arrived');
    await quiet();
    expect(await unfinishedUploads(ME)).toEqual([]);
    // No other window waits for it either.
    expect((await navigator.locks.query()).held).toEqual([]);
  });

  it('are shown until their document is on the screen, or for a while', async () => {
    await add('a.pdf', 'b.pdf');
    await until(() => queue.list.every((upload) => upload.state === 'arrived'));
    const [first] = queue.list;
    queue.seen(first?.url?.split('/').at(-1) ?? '');
    expect(states()).toEqual(['b.pdf arrived']);
    await later(5_000);
    expect(states()).toEqual([]);
  });

  it('are said to be what no server takes, without a byte sent or kept', async () => {
    await queue.add(CUSTOMER, [{ file: new File(['hello'], 'a.txt'), type: 'bank_statement' }]);
    await until(() => state('a.txt') === 'failed');
    expect(queue.list[0]?.problem).toBe('unsupported-file');
    await quiet();
    expect([line.sent, await unfinishedUploads(ME)]).toEqual([[], []]);
  });
});

describe('a network that is lost', () => {
  it('makes uploads wait and go on where they were cut, each once', async () => {
    await underWay();
    network(false);
    expect(state()).toBe('paused');
    expect(pending.list.map(({ customer }) => customer)).toEqual([CUSTOMER.name]);
    line.go();
    network(true);
    await until(() => state() === 'arrived');
    expect(posts()).toBe(1);
    expect(line.sent.filter((request) => request.startsWith('HEAD'))).toHaveLength(1);
    expect(pending.list).toEqual([]);
  });

  it('does not send a file twice when it comes and goes while that is being read', async () => {
    await underWay();
    network(false);
    line.go();
    // Twice before the first round has read its file: only the last may go on.
    network(true);
    network(false);
    network(true);
    await until(() => state() === 'arrived');
    await quiet();
    expect(line.sent.filter((request) => request.startsWith('HEAD'))).toHaveLength(1);
    expect([...line.uploads.values()].map(({ size, received }) => received - size)).toEqual([0]);
  });

  it('lets nothing begin that a person has stopped', async () => {
    await underWay();
    queue.holdAll();
    line.go();
    await add('b.pdf');
    network(false);
    network(true);
    await later(20_000);
    expect(states()).toEqual(['a.pdf paused', 'b.pdf waiting']);
    queue.goOn();
    await until(() => queue.list.every((upload) => upload.state === 'arrived'));
  });
});

describe('a server that does not take a file', () => {
  it('says why, and is not asked again', async () => {
    line.refusals.POST = { status: 413, body: { type: 'file-too-large' } };
    await add('a.pdf');
    await until(() => state() === 'failed');
    expect(queue.list[0]?.problem).toBe('file-too-large');
    await later(60_000);
    expect(posts()).toBe(1);
  });

  it('is asked again by hand once, however often it is pressed', async () => {
    line.refusals.POST = { status: 507, body: { type: 'storage-full' } };
    await add('a.pdf');
    await until(() => state() === 'failed');
    delete line.refusals.POST;
    line.holds = true;
    const { id = '' } = queue.list[0] ?? {};
    queue.retry(id);
    queue.retry(id);
    await until(() => line.waiting === 1);
    queue.retry(id);
    expect(state()).toBe('uploading');
    line.go();
    await until(() => state() === 'arrived');
    queue.retry(id);
    await quiet();
    expect([state(), posts()]).toEqual(['arrived', 2]);
  });

  it('is sent the file anew when it has forgotten what it had', async () => {
    await underWay();
    network(false);
    line.go();
    line.uploads.clear();
    network(true);
    await until(() => state() === 'arrived');
    expect(posts()).toBe(2);
  });

  it('lets the others go on', async () => {
    line.refusals.POST = { status: 422, body: { type: 'validation-failed' } };
    await add('a.pdf', 'b.pdf', 'c.pdf');
    await until(() => queue.list.every((upload) => upload.state === 'failed'));
    delete line.refusals.POST;
    await add('d.pdf');
    await until(() => state('d.pdf') === 'arrived');
  });
});

describe('an upload that is given up', () => {
  it('leaves nothing on the device and nothing at the server, at whatever moment', async () => {
    await underWay();
    queue.cancel(queue.list[0]?.id ?? '');
    line.go();
    await until(() => line.uploads.size === 0);
    await quiet();
    expect([queue.list, await unfinishedUploads(ME)]).toEqual([[], []]);
  });

  it('is not sent when that was before its bytes were kept', async () => {
    const adding = add('a.pdf');
    queue.cancel(queue.list[0]?.id ?? '');
    await adding;
    await later(20_000);
    expect([line.sent, queue.list, await unfinishedUploads(ME)]).toEqual([[], [], []]);
  });

  it('makes room for the next one', async () => {
    line.holds = true;
    await add('a.pdf', 'b.pdf', 'c.pdf', 'd.pdf');
    await until(() => line.waiting === 3 && state('d.pdf') === 'waiting');
    await quiet();
    queue.cancel(queue.list[0]?.id ?? '');
    await until(() => state('d.pdf') === 'uploading');
  });
});

describe('the next page of the same person', () => {
  it('goes on with what the last one left, from where the server has it', async () => {
    await underWay();
    network(false);
    line.go();
    // A page that ends lets go of its files; nothing else of it is left.
    await queue.start(OTHER);
    line.isCut = false;
    const page = await nextPage();
    await until(() => page.list[0]?.state === 'arrived');
    expect([posts(), page.list[0]?.customerName]).toEqual([1, CUSTOMER.name]);
  });

  it('does not send what another window is sending, until that is left', async () => {
    await underWay();
    const window = await nextPage();
    await quiet();
    expect([window.list, line.sent.length]).toEqual([[], 2]);
    await queue.start(OTHER);
    line.go();
    await until(() => window.list[0]?.state === 'arrived');
    expect(posts()).toBe(1);
  });

  it('leaves another’s files alone, and those stay for them', async () => {
    line.holds = true;
    await add('a.pdf');
    await until(() => line.waiting === 1);
    await queue.start(OTHER);
    line.go();
    await quiet();
    expect([queue.list, posts()]).toEqual([[], 1]);
    expect((await unfinishedUploads(ME)).map(({ filename }) => filename)).toEqual(['a.pdf']);
    line.holds = false;
    const page = await nextPage();
    await until(() => page.list[0]?.state === 'arrived');
  });

  it('finds nothing once the device was wiped, also of what was under way', async () => {
    await underWay();
    const { id = '' } = queue.list[0] ?? {};
    await queue.wipe(ME);
    line.go();
    await quiet();
    expect([queue.list, await storedUpload(id), queue.isHeld]).toEqual([[], undefined, false]);
  });

  it('finds nothing either when the device was wiped after somebody else had signed in', async () => {
    await underWay();
    await queue.start(OTHER);
    expect(await unfinishedUploads(ME)).toHaveLength(1);
    await queue.wipe(ME);
    expect(await unfinishedUploads(ME)).toEqual([]);
  });
});

describe('another link of the same person', () => {
  it('gives another chance to what the link before did not take', async () => {
    line.refusals.POST = { status: 410, body: { type: 'link-expired' } };
    await add('a.pdf');
    await until(() => state() === 'failed');
    delete line.refusals.POST;
    await queue.start(ME, { path: '/api/portal/uploads', headers: { 'portal-link': idOf(700) } });
    await until(() => state() === 'arrived');
    expect(line.sent.at(-1)).toContain('/api/portal/uploads/');
  });
});
