import { expect, test } from 'vitest';
import { MOST_FILES, walk } from './dropped.ts';

const file = (name: string) => new File(['x'], name);
const fileEntry = (name: string) =>
  ({ name, isFile: true, file: (found: (file: File) => void) => found(file(name)) }) as FileSystemFileEntry;
const unreadable = (name: string) =>
  ({ name, isFile: true, file: (_: unknown, failed: () => void) => failed() }) as unknown as FileSystemEntry;
/** A folder as Chromium hands it out: a hundred entries a call. */
function folder(name: string, inside: FileSystemEntry[], isReadable = true): FileSystemEntry {
  const createReader = () => {
    let at = 0;
    return {
      readEntries(found: (entries: FileSystemEntry[]) => void, failed: () => void) {
        if (!isReadable) return failed();
        found(inside.slice(at, at + 100));
        at += 100;
      },
    };
  };
  return { name, isFile: false, createReader } as unknown as FileSystemEntry;
}
const names = async (...entries: (FileSystemEntry | File)[]) =>
  (await walk(entries)).files.map(({ name }) => name);

test('a folder that is dropped brings every file in it, also of folders inside, in the order of their names', async () => {
  const statements = folder('流水', [fileEntry('10.pdf'), fileEntry('2.pdf')]);
  expect(await names(folder('王小明', [fileEntry('身份证.jpg'), statements]), file('合同.pdf'))).toEqual(
    expect.arrayContaining(['2.pdf', '10.pdf', '身份证.jpg', '合同.pdf']),
  );
  expect(await names(statements)).toEqual(['2.pdf', '10.pdf']);
});

test('a folder of more files than the browser hands out at once is read to its end', async () => {
  const many = Array.from({ length: 250 }, (_, n) => fileEntry(`${n}.jpg`));
  expect(await names(folder('照片', many))).toHaveLength(250);
});

test('more than a drop may bring is not taken, and is said', async () => {
  const many = Array.from({ length: MOST_FILES + 1 }, (_, n) => fileEntry(`${n}.jpg`));
  expect(await walk([folder('硬盘', many)])).toMatchObject({ isMore: true });
  expect((await walk([folder('硬盘', many)])).files).toHaveLength(MOST_FILES);
});

test('what systems leave in folders brings nothing', async () => {
  const litter = ['.DS_Store', 'Thumbs.db', '~$合同.docx'].map(fileEntry);
  expect(await walk([folder('a', litter)])).toMatchObject({ files: [], unread: [] });
});

test('files and folders that the browser cannot read are named', async () => {
  const found = await walk([
    folder('a', [unreadable('流水.jpg'), fileEntry('b.pdf')]),
    folder('locked', [fileEntry('c.pdf')], false),
  ]);
  expect(found.files.map(({ name }) => name)).toEqual(['b.pdf']);
  expect(found.unread.map(({ name }) => name)).toEqual(['流水.jpg', 'locked']);
});

test('what has no name that the browser can read is said of its folder, and nothing comes twice', async () => {
  const inside: FileSystemEntry[] = [fileEntry('b.pdf'), unreadable('')];
  const parent = folder('资料', inside);
  // As Chromium hands out a folder whose name is in another encoding: without a name, and it leads to its parent.
  inside.push({ ...parent, name: '' });
  const found = await walk([parent]);
  expect(found.files.map(({ name }) => name)).toEqual(['b.pdf']);
  expect(found.unread).toEqual([{ name: '资料', words: expect.stringContaining('2') }]);
});
