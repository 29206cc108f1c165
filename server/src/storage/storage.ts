import { resolve } from 'node:path';
import type { FileStorage } from '@qijian/core/files/file-storage.ts';
import { openLocalFiles } from '@qijian/core/files/local-files.ts';
import type { Config } from '../config.ts';

/** The folder under which all uploaded files live. */
export const filesFolder = (config: Config) => resolve(config.DATA_DIR, 'files');

/** Where this installation keeps its files. */
export const createStorage = (config: Config): FileStorage => openLocalFiles(filesFolder(config));
