import { m } from '#lib/paraglide/messages.js';
import type { RefusedFile } from './look-at-files.ts';

/** So many files of one drop are taken; whoever drops a whole disk is told so. */
export const MOST_FILES = 300;
const DEEPEST = 8;
/** What systems leave in folders. */
const LITTER = /^(\.|~\$|Thumbs\.db$|desktop\.ini$|__MACOSX$)/i;

export interface Dropped {
  files: File[];
  /** Files and folders that the browser could not read. */
  unread: RefusedFile[];
  /** Whether there were more than are taken. */
  isMore: boolean;
}

/** The files of a drop, folders walked. */
export function dropped(data: DataTransfer | null): Promise<Dropped> {
  // Entries and files are there only until the event ends.
  const found = [...(data?.items ?? [])]
    .filter(({ kind }) => kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  return walk(found.filter((one) => one !== null));
}

/** The files below these, in the order of their names, folder by folder. */
export async function walk(found: readonly (FileSystemEntry | File)[]): Promise<Dropped> {
  const files: File[] = [];
  const unread: RefusedFile[] = [];
  let isMore = false;
  async function take(entry: FileSystemEntry | File, depth: number): Promise<void> {
    if (LITTER.test(entry.name)) return;
    if (files.length >= MOST_FILES) isMore = true;
    else if (entry instanceof File) files.push(entry);
    else if (entry.isFile) {
      const file = await fileOf(entry as FileSystemFileEntry);
      if (file) files.push(file);
      else unread.push(unreadable(entry));
    } else {
      const inside = depth < DEEPEST ? await childrenOf(entry as FileSystemDirectoryEntry) : null;
      if (!inside) {
        unread.push(unreadable(entry));
        return;
      }
      // Names in a foreign encoding are empty here: such a file cannot be opened, such a folder opens as its parent.
      const named = inside.filter(({ name }) => name !== '');
      const count = inside.length - named.length;
      if (count > 0) unread.push({ name: entry.name, words: m.files_unnamed({ count }) });
      named.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
      for (const child of named) await take(child, depth + 1);
    }
  }
  for (const entry of found) await take(entry, 0);
  return { files, unread, isMore };
}

const unreadable = ({ name }: FileSystemEntry): RefusedFile => ({ name, words: m.file_unreadable() });

const fileOf = (entry: FileSystemFileEntry): Promise<File | null> =>
  new Promise((resolve) => entry.file(resolve, () => resolve(null)));

/** A reader hands out a hundred at a time, and an empty list at the end; null when it cannot read. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[] | null> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[] | null>((resolve) =>
      reader.readEntries(resolve, () => resolve(null)),
    );
    if (!batch) return null;
    if (batch.length === 0 || all.length > MOST_FILES) return all;
    all.push(...batch);
  }
}
