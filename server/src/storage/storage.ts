import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FileStorage } from '@qijian/db/files/file-storage.ts';
import { openLocalFiles } from '@qijian/db/files/local-files.ts';
import type { Config } from '../config.ts';

/** The folder of all files of an installation; server processes and workers share it. */
export function filesFolder(config: Pick<Config, 'DATA_DIR'>): string {
  return join(resolve(config.DATA_DIR), 'files');
}

/** Where files are kept; fails at start, not with the first upload, when the folder cannot be made. */
export async function createStorage(config: Pick<Config, 'DATA_DIR'>): Promise<FileStorage> {
  const folder = filesFolder(config);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return openLocalFiles(folder);
}
