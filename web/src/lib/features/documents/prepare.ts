import type { FileMime } from '@qijian/domain/rules/file-kinds.ts';
import type { Size } from '@qijian/domain/rules/picture-size.ts';
import { inspectFile, refusal, type UploadProblem } from './upload-queue.ts';

/** The file as it will be sent, or why the server would refuse it; `isPrepared` says that it is not to be touched. */
export async function prepareFile(
  file: Blob,
  isPrepared: boolean,
): Promise<{ sent: Blob } | { problem: UploadProblem }> {
  const known = await inspectFile(file).catch(() => ({ problem: 'file-gone' as const }));
  if ('problem' in known) return known;
  const sent = isPrepared ? file : await smaller(file, known.kind, known.pixels);
  const problem = refusal(sent, sent === file ? known.pixels : null);
  return problem ? { problem } : { sent };
}

/** Without the code that makes it smaller it goes as it is. */
const smaller = (file: Blob, kind: FileMime, pixels: Size | null): Promise<Blob> =>
  import('./compress.ts').then(
    ({ compress }) => compress(file, kind, pixels),
    () => file,
  );
