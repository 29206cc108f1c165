import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { ACCEPT } from '#lib/features/documents/upload-queue.ts';
import { dragged } from './dragged.svelte.ts';

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

/** The files of a paste. */
export function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}
/** Of a document of the page that is dragged; browsers may offer its picture as a file too. */
export const DOCUMENT_DRAG = 'application/x-qijian-document';
export const hasFiles = (data: DataTransfer | null) =>
  (data?.types.includes('Files') && !data.types.includes(DOCUMENT_DRAG)) ?? false;

/** Begins to drag a document to the place of another type. */
export function drag(event: DragEvent, document: Document): void {
  dragged.document = document;
  event.dataTransfer?.setData(DOCUMENT_DRAG, document.id);
  if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
}
