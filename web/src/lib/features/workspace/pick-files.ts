import { ACCEPT } from '#lib/features/documents/uploads.svelte.ts';

export type PickSource = 'file' | 'camera' | 'album';

/** Opens the system's picker; must be called from a click. Answers nothing when it is cancelled. */
export function pickFiles(source: PickSource): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = source !== 'camera';
    input.accept = source === 'file' ? ACCEPT : 'image/*';
    if (source === 'camera') input.setAttribute('capture', 'environment');
    input.hidden = true;
    document.body.append(input);
    const done = (files: File[]) => {
      input.remove();
      resolve(files);
    };
    input.addEventListener('change', () => done([...(input.files ?? [])]));
    input.addEventListener('cancel', () => done([]));
    input.click();
  });
}

/** The files of a drop or a paste. */
export function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}
export const hasFiles = (data: DataTransfer | null) => data?.types.includes('Files') ?? false;
