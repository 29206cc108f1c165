import type { FileMime } from '@qijian/domain/rules/file-kinds.ts';
import { inspectFile } from '#lib/features/documents/upload-queue.ts';
import { fileSize, mostWords } from '#lib/format.ts';
import { limits } from '#lib/limits.ts';
import { m } from '#lib/paraglide/messages.js';
import { problemWords } from '#lib/problems.ts';

/** A file that will not be sent, and why, in words. */
export interface RefusedFile {
  name: string;
  words: string;
}

/** Kinds that no browser makes smaller: too large is too large. */
const AS_IT_IS: readonly FileMime[] = ['application/pdf'];

/** Looks into files before anything is asked about them: which can be sent, and why the others cannot. */
export async function lookAtFiles(files: readonly File[]): Promise<{ good: File[]; refused: RefusedFile[] }> {
  const looked = await Promise.all(
    files.map(async (file) => {
      // A folder, or a file that is gone, cannot be read.
      const found = await inspectFile(file).catch(() => null);
      const words = !found
        ? m.file_unreadable()
        : 'problem' in found
          ? problemWords(found.problem)
          : AS_IT_IS.includes(found.kind) && file.size > limits.maxFileBytes
            ? m.file_too_large({ size: fileSize(file.size), most: mostWords() })
            : null;
      return { file, words };
    }),
  );
  return {
    good: looked.filter(({ words }) => words === null).map(({ file }) => file),
    refused: looked.flatMap(({ file, words }) => (words === null ? [] : [{ name: file.name, words }])),
  };
}
