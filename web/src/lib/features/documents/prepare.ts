import { compress } from './compress.ts';
import { inspectFile, refusal, type UploadProblem } from './upload-queue.ts';

/** The file as it will be sent, or why the server would refuse it; `isPrepared` says that it is not to be touched. */
export async function prepareFile(
  file: Blob,
  isPrepared: boolean,
): Promise<{ sent: Blob } | { problem: UploadProblem }> {
  const known = await inspectFile(file).catch(() => ({ problem: 'file-gone' as const }));
  if ('problem' in known) return known;
  const sent = isPrepared ? file : await compress(file, known.kind, known.pixels);
  const problem = refusal(sent, sent === file ? known.pixels : null);
  return problem ? { problem } : { sent };
}
