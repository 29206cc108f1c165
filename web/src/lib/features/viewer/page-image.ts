import type { ViewerPage } from './viewer-page.ts';

const TRIES = 30;

/**
 * The picture of a page as an object URL, to be revoked by the caller. A page that is still being prepared is asked for
 * again for half a minute; rejects with the code of the problem otherwise.
 */
export async function loadPage(page: ViewerPage, signal: AbortSignal): Promise<string> {
  const query = page.page === 1 ? '' : `?page=${page.page}`;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(`/api/documents/${page.documentId}/preview${query}`, { signal });
    if (answer.ok) return URL.createObjectURL(await answer.blob());
    const problem = (await answer.json().catch(() => ({}))) as { type?: string; failure?: string };
    if (answer.status !== 503 || attempt >= TRIES)
      throw new Error(problem.failure ?? problem.type ?? 'internal');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    signal.throwIfAborted();
  }
}
