import { api, ProblemError } from '#lib/api.ts';
import type { ViewerPage } from './viewer-page.ts';

const TRIES = 30;
const PAUSE_MS = 1_000;

/**
 * The picture of a page as an object URL, to be revoked by the caller. A page that is still being prepared is asked for
 * again for half a minute; rejects with what the server says otherwise. `strip`: a part of it, from 1, in all its pixels.
 */
export async function loadPage(page: ViewerPage, signal: AbortSignal, strip?: number): Promise<string> {
  const query = strip ? `?page=${page.page}&strip=${strip}` : page.page === 1 ? '' : `?page=${page.page}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return URL.createObjectURL(
        await api.picture(`/api/documents/${page.documentId}/preview${query}`, signal),
      );
    } catch (error) {
      const isOnItsWay = error instanceof ProblemError && error.type === 'page-not-ready';
      if (!isOnItsWay || attempt >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      signal.throwIfAborted();
    }
  }
}
