import { api, ProblemError } from '#lib/api.ts';
import type { ViewerPage } from './viewer-page.ts';

const TRIES = 30;
const PAUSE_MS = 1_000;

const ahead = new Map<string, Promise<Blob>>();
function pathOf(page: ViewerPage, strip?: number): string {
  const query = strip ? `?page=${page.page}&strip=${strip}` : page.page === 1 ? '' : `?page=${page.page}`;
  return `/api/documents/${page.documentId}/preview${query}`;
}

/** Fetches the picture of a page that will be looked at next; the last one asked for is kept. */
export function fetchAhead(page: ViewerPage): void {
  const path = pathOf(page);
  if (page.state !== 'ready' || ahead.has(path)) return;
  ahead.clear();
  const picture = api.picture(path);
  ahead.set(path, picture);
  // Whoever looks at it asks again and says why.
  picture.catch(() => ahead.delete(path));
}

/** What has been fetched ahead, once. */
async function fetched(path: string): Promise<Blob | undefined> {
  const picture = ahead.get(path);
  ahead.delete(path);
  return picture?.catch(() => undefined);
}

/**
 * The picture of a page as an object URL, to be revoked by the caller. A page that is still being prepared is asked for
 * again for half a minute; rejects with what the server says otherwise. `strip`: a part of it, from 1, in all its pixels.
 */
export async function loadPage(page: ViewerPage, signal: AbortSignal, strip?: number): Promise<string> {
  const path = pathOf(page, strip);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return URL.createObjectURL((await fetched(path)) ?? (await api.picture(path, signal)));
    } catch (error) {
      const isOnItsWay = error instanceof ProblemError && error.type === 'page-not-ready';
      if (!isOnItsWay || attempt >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      signal.throwIfAborted();
    }
  }
}
