import type { Handle, HandleFetch } from '@sveltejs/kit/hooks';
import { paraglideMiddleware } from '#lib/paraglide/server.js';

const MODES = ['light', 'dark'];

/** Language and colour mode are in the first byte of the page: nothing flashes. */
export const handle: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ locale }) => {
    const mode = event.cookies.get('mode') ?? '';
    // Installed from the customer's page, the app begins there.
    const manifest = /^\/p(\/|$)/.test(event.url.pathname) ? 'portal' : 'manifest';
    return resolve(event, {
      transformPageChunk: ({ html }) =>
        html
          .replace('%lang%', locale)
          .replace('%manifest%', manifest)
          .replace('%mode%', MODES.includes(mode) ? `data-mode="${mode}"` : '')
          // The page is painted before its code comes.
          .replaceAll('rel="modulepreload"', 'rel="modulepreload" fetchpriority="low"'),
    });
  });

/** While a page is rendered the API is asked in the same process, with the visitor's cookie. */
export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const url = new URL(request.url);
  const inject = event.platform?.req.inject;
  if (!inject || !url.pathname.startsWith('/api/') || request.method !== 'GET') return fetch(request);
  const answer = await inject({
    method: 'GET',
    url: url.pathname + url.search,
    headers: { cookie: event.request.headers.get('cookie') ?? '' },
  });
  const body = answer.rawPayload.length > 0 ? new Uint8Array(answer.rawPayload) : null;
  return new Response(body, {
    status: answer.statusCode,
    headers: { 'content-type': String(answer.headers['content-type'] ?? 'application/json') },
  });
};
