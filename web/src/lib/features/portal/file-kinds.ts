import { inspectFile } from '#lib/features/documents/upload-queue.ts';

/**
 * Photographs, which are looked at before they are sent, and everything else. By what is in the files: some phones give
 * no type, or a wrong one, to what comes from their cloud.
 */
export async function byKind(files: readonly File[]): Promise<{ pictures: File[]; others: File[] }> {
  const kinds = await Promise.all(
    files.map(async (file) => {
      const found = await inspectFile(file).catch(() => ({ problem: 'internal' as const }));
      return 'kind' in found ? found.kind : '';
    }),
  );
  return {
    pictures: files.filter((_, index) => kinds[index]?.startsWith('image/')),
    others: files.filter((_, index) => !kinds[index]?.startsWith('image/')),
  };
}
