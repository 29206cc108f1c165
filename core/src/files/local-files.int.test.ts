import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { SNIFF_BYTES } from '@qijian/domain/rules/file-kinds.ts';
import { removeDataDir, temporaryDataDir } from '@qijian/e2e/fixtures/services.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { derivativeKey, FileMissing, type FileStorage, FileTooLarge, originalKey } from './file-storage.ts';
import { openLocalFiles } from './local-files.ts';

let root: string;
let files: FileStorage;
beforeEach(() => {
  root = temporaryDataDir();
  files = openLocalFiles(root);
});
afterEach(() => removeDataDir(root));

const everything = () =>
  existsSync(root)
    ? readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
    : [];
const chunked = (content: Buffer, size: number) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
    })(),
  );
async function read(key: string): Promise<Buffer> {
  const { stream } = await files.open(key);
  return Buffer.concat(await stream.toArray());
}

describe('local files', () => {
  test.each([1, SNIFF_BYTES - 1, SNIFF_BYTES, SNIFF_BYTES + 1, 512 * 1024, 3_000_001])(
    'a file of %i bytes comes back whole',
    async (size) => {
      const content = randomBytes(size);
      const id = uuidv7();
      const received = await files.receive(id, chunked(content, 65_536), { limit: size });
      expect(received).toMatchObject({ size, sha256: createHash('sha256').update(content).digest('hex') });
      expect(Buffer.from(received.head)).toEqual(content.subarray(0, SNIFF_BYTES));
      const key = await files.keep(id);
      expect(key).toBe(originalKey(id));
      expect(await files.size(key)).toBe(size);
      expect((await read(key)).equals(content)).toBe(true);
      expect(await files.inspect(id, files.path(key))).toEqual(received);
    },
  );

  test('one byte too many leaves nothing behind and does not read on', async () => {
    const source = chunked(randomBytes(5_000_000), 65_536);
    await expect(files.receive(uuidv7(), source, { limit: 1_000_000 })).rejects.toBeInstanceOf(FileTooLarge);
    expect(everything()).toEqual([]);
    expect(source.destroyed).toBe(false);
    expect(source.readableEnded).toBe(false);
  });

  test('refusing by the first bytes leaves nothing behind', async () => {
    const refuse = () => {
      throw new Error('not wanted');
    };
    for (const size of [0, 10, 1_000_000]) {
      const source = chunked(randomBytes(size), 7_000);
      await expect(files.receive(uuidv7(), source, { limit: 2_000_000, onHead: refuse })).rejects.toThrow(
        'not wanted',
      );
    }
    expect(everything()).toEqual([]);
  });

  test('a source that breaks off leaves nothing behind', async () => {
    const source = new PassThrough();
    const receiving = files.receive(uuidv7(), source, { limit: 10_000_000 });
    source.write(randomBytes(2_000_000));
    setTimeout(() => source.destroy(new Error('gone')), 20);
    await expect(receiving).rejects.toThrow('gone');
    expect(everything()).toEqual([]);
  });

  test('keeping twice is harmless', async () => {
    const id = uuidv7();
    await files.receive(id, Readable.from([Buffer.from('once')]), { limit: 10 });
    const keys = [await files.keep(id), await files.keep(id)];
    expect(keys[0]).toBe(keys[1]);
    expect((await read(originalKey(id))).toString()).toBe('once');
  });

  test('many at once each come back with their own bytes', async () => {
    const contents = Array.from({ length: 20 }, () => ({ id: uuidv7(), bytes: randomBytes(700_000) }));
    await Promise.all(
      contents.map(async ({ id, bytes }) => {
        await files.receive(id, chunked(bytes, 16_384), { limit: 1_000_000 });
        await files.keep(id);
      }),
    );
    for (const { id, bytes } of contents) expect((await read(originalKey(id))).equals(bytes)).toBe(true);
  });

  test('a derivative is replaced whole', async () => {
    const key = derivativeKey(uuidv7(), 'preview');
    await files.put(key, Buffer.from('first'));
    await files.put(key, Buffer.from('second'));
    expect((await read(key)).toString()).toBe('second');
    expect(everything()).toHaveLength(1);
  });

  test('a missing key fails before the first byte', async () => {
    await expect(files.open(originalKey(uuidv7()))).rejects.toBeInstanceOf(FileMissing);
    expect(await files.size(originalKey(uuidv7()))).toBeNull();
    await files.remove(originalKey(uuidv7()));
  });

  test('the sweep sees what nobody touched for a while, and quarantine is emptied', async () => {
    const id = uuidv7();
    await files.receive(id, Readable.from([Buffer.from('kept')]), { limit: 10 });
    await files.keep(id);
    mkdirSync(join(root, 'quarantine'), { recursive: true });
    writeFileSync(join(root, 'quarantine', 'left'), 'x');
    const keys = async (olderThan: number) => {
      const found: string[] = [];
      for await (const { key, documentId } of files.list(olderThan)) {
        expect(documentId).toBe(id);
        found.push(key);
      }
      return found;
    };
    expect(await keys(60_000)).toEqual([]);
    expect(await files.sweep('quarantine', 60_000)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await keys(10)).toEqual([originalKey(id)]);
    expect(await files.sweep('quarantine', 10)).toBe(1);
    utimesSync(files.path(originalKey(id)), 1, 1);
    expect(await keys(60_000)).toEqual([]);
  });

  test('only the owner can read the folders', async () => {
    const id = uuidv7();
    await files.receive(id, Readable.from([Buffer.from('secret')]), { limit: 10 });
    await files.keep(id);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode;
      expect(mode & 0o077).toBe(0);
    }
  });
});
