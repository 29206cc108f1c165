import { unfinishedUploads } from '#lib/features/documents/upload-store.ts';
import { uploads } from '#lib/features/documents/uploads.svelte.ts';
import { wipePictures } from './own-pictures.ts';
import { forgetType, wipePages } from './unsent-photos.ts';

const KEY = 'portal-person';

/** Remembers whose files this device keeps, for the time when their link opens nothing any more. */
export function rememberPerson(owner: string): void {
  try {
    localStorage.setItem(KEY, owner);
  } catch {
    // A private window keeps nothing.
  }
}

function lastPerson(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Whether the person has just left by the button: the page then says so. */
export const leaving = { done: false };

/** How many files of the last customer's page on this device wait for another link. */
export async function waitingHere(): Promise<number> {
  const owner = lastPerson();
  return owner ? (await unfinishedUploads(owner)).length : 0;
}

/** Leaves nothing of the last customer's page on the device: queue, photographs not sent, small pictures. */
export async function wipeDevice(): Promise<void> {
  forgetType();
  const owner = lastPerson();
  await Promise.all([wipePictures(), owner && uploads.wipe(owner), owner && wipePages(owner)]);
}
