import type { UploadProblem } from '#lib/features/documents/upload-queue.ts';
import { fileSize, roundSize } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { problemWords } from '#lib/problems.ts';

/** Why a file could not be sent, to the customer: some problems are said to staff in other words. */
export function refusalWords(problem: UploadProblem, file: { size: number }, maxBytes: number): string {
  switch (problem) {
    case 'file-too-large':
      return m.p_too_large({ size: fileSize(file.size), most: roundSize(maxBytes) });
    case 'not-signed-in':
      return m.p_session_ended();
    case 'internal':
    case 'storage-full':
      return m.p_our_fault();
    default:
      return problemWords(problem);
  }
}
