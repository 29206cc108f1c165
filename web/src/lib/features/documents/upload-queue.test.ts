import type { ProblemCode } from '@qijian/domain/contract/problems.ts';
import { samplePng } from '@qijian/e2e/fixtures/sample-files.ts';
import { describe, expect, test } from 'vitest';
import { limits } from '#lib/limits.ts';
import { problemWords } from '#lib/problems.ts';
import {
  afterRefusal,
  copyOf,
  documentIdOf,
  inspectFile,
  isFinal,
  mayWorkLater,
  PARALLEL,
  type QueuedUpload,
  refusal,
  restored,
  startable,
  storable,
  underWay,
  withChange,
  withUpload,
} from './upload-queue.ts';

const upload = (id: string, change: Partial<QueuedUpload> = {}): QueuedUpload => ({
  id,
  userId: 'u',
  customerId: 'c',
  customerName: '陈思远',
  type: 'bank_statement',
  filename: `${id}.pdf`,
  url: null,
  createdAt: Number(id),
  isPrepared: true,
  state: 'waiting',
  percent: 0,
  resumedAt: 0,
  size: 10,
  problem: null,
  ...change,
});

describe('which uploads start', () => {
  test('never more than three at once, in the order they were chosen', () => {
    const list = ['1', '2', '3', '4', '5'].map((id) => upload(id));
    expect(startable(list, new Set())).toEqual(['1', '2', '3']);
    expect(startable(list, new Set(['1', '2']))).toEqual(['3']);
    expect(startable(list, new Set(['1', '2', '3']))).toEqual([]);
    expect(PARALLEL).toBe(3);
  });
  test('one that failed or waits for the network never holds the others up', () => {
    const list = [upload('1', { state: 'failed' }), upload('2', { state: 'paused' }), upload('3')];
    expect(startable(list, new Set())).toEqual(['3']);
  });
  test('a picture that is still being prepared is not sent', () => {
    expect(startable([upload('1', { state: 'preparing' })], new Set())).toEqual([]);
  });
});

describe('the list', () => {
  test('an entry taken over from an earlier page stands where it was chosen, once', () => {
    const list = withUpload(withUpload([upload('3')], upload('1')), upload('3'));
    expect(list.map(({ id }) => id)).toEqual(['1', '3']);
  });
  test('a change touches its own entry alone', () => {
    const list = withChange([upload('1'), upload('2')], '2', { percent: 40 });
    expect(list.map(({ percent }) => percent)).toEqual([0, 40]);
  });
  test('what has arrived or failed is not under way', () => {
    const list = [upload('1', { state: 'arrived' }), upload('2', { state: 'failed' }), upload('3')];
    expect(underWay(list).map(({ id }) => id)).toEqual(['3']);
  });
  test('what is kept comes back as it was, ready to go on where the server stands', () => {
    const before = upload('1', { url: '/api/uploads/abc', state: 'uploading', percent: 70 });
    const after = restored({ ...storable(before), blob: new Blob(['0123456789']) });
    expect(after).toEqual({ ...before, state: 'waiting', percent: 0 });
  });
  test('a picture whose page ended while it was being prepared is prepared again', () => {
    const kept = { ...storable(upload('1', { isPrepared: false })), blob: new Blob(['x']) };
    expect(restored(kept).state).toBe('preparing');
  });
});

describe('refusals', () => {
  test('an upload that the server has forgotten begins again', () => {
    const change = afterRefusal({ url: '/api/uploads/abc' }, '{"type":"not-found"}');
    expect(change).toEqual({ url: null, state: 'waiting', percent: 0, resumedAt: 0 });
  });
  test('a customer that is gone is final', () => {
    expect(afterRefusal({ url: null }, '{"type":"not-found"}')).toEqual({
      state: 'failed',
      problem: 'not-found',
    });
  });
  test('an answer that is not ours counts as our fault', () => {
    expect(afterRefusal({ url: null }, '<html>')).toEqual({ state: 'failed', problem: 'internal' });
  });
  test('busy, locked and limited answers are asked again; refusals and a full disk are not', () => {
    for (const status of [undefined, 408, 409, 423, 429, 500, 503]) expect(isFinal(status)).toBe(false);
    for (const status of [400, 401, 403, 404, 413, 415, 422, 507]) expect(isFinal(status)).toBe(true);
  });
});

test('only what another time can heal is worth another try', () => {
  expect(
    ['not-signed-in', 'storage-full', 'internal'].every((code) => mayWorkLater(code as ProblemCode)),
  ).toBe(true);
  expect(
    ['file-empty', 'unsupported-file', 'not-found'].some((code) => mayWorkLater(code as ProblemCode)),
  ).toBe(false);
});

test('the document has the id of its upload', () => {
  expect(documentIdOf({ url: '/api/uploads/0198-abc' })).toBe('0198-abc');
  expect(documentIdOf({ url: null })).toBeNull();
});

describe('a chosen file', () => {
  test('is sent from its own bytes, which stay as they were', async () => {
    const copy = await copyOf(new File(['%PDF-1.7'], 'a.pdf', { type: 'application/pdf' }));
    expect(copy).not.toBeInstanceOf(File);
    expect([await copy?.text(), copy?.type]).toEqual(['%PDF-1.7', 'application/pdf']);
  });
  test('that was moved or changed, or comes out of the database empty, is no file any more', async () => {
    const moved = Object.assign(new Blob(['%PDF']), {
      arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')),
    });
    const emptied = Object.assign(new Blob(['%PDF']), { arrayBuffer: async () => new ArrayBuffer(0) });
    expect([await copyOf(moved), await copyOf(emptied)]).toEqual([null, null]);
    expect(mayWorkLater('file-gone')).toBe(false);
  });
  test('that a link refuses waits for another link', () => {
    for (const problem of ['link-expired', 'link-revoked', 'link-locked', 'link-files-exceeded'] as const)
      expect(mayWorkLater(problem)).toBe(true);
  });
  test('is known by its first bytes, whatever its name says', async () => {
    expect(await inspectFile(new File(['%PDF-1.7'], 'photo.jpg'))).toEqual({
      kind: 'application/pdf',
      pixels: null,
    });
  });
  test('says before it is sent that it has too many bytes or pixels', async () => {
    const photo = new File([samplePng({ declared: [8000, 7000] })], 'a.png');
    const known = await inspectFile(photo);
    expect(known).toEqual({ kind: 'image/png', pixels: { width: 8000, height: 7000 } });
    expect(refusal(photo, { width: 8000, height: 7000 })).toBe('too-many-pixels');
    expect(refusal(photo, { width: 1080, height: 20_000 })).toBeNull();
    limits.maxFileBytes = 5 * 1024 * 1024;
    expect(refusal(new Blob([new Uint8Array(limits.maxFileBytes)]), null)).toBeNull();
    expect(refusal(new Blob([new Uint8Array(limits.maxFileBytes + 1)]), null)).toBe('file-too-large');
    expect(problemWords('file-too-large')).toContain('5 MB');
  });
  test('is refused at once when it is empty or of another kind', async () => {
    expect(await inspectFile(new File([], 'a.pdf'))).toEqual({ problem: 'file-empty' });
    expect(await inspectFile(new File(['<svg/>'], 'a.jpg', { type: 'image/jpeg' }))).toEqual({
      problem: 'unsupported-file',
    });
  });
});
