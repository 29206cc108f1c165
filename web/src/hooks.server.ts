import type { Handle, HandleFetch } from '@sveltejs/kit/hooks';
import { paraglideMiddleware } from '#lib/paraglide/server.js';

const MODES = ['light', 'dark'];
/** A page says what its reader may see now: going back to it must ask again. */
const NOT_KEPT = { 'cache-control': 'no-store' };

/** The customer's page as apps hand its address on: in capitals, or with its fragment as a part of the path. */
const HANDED_ON = /^\/p(?:\/?(?:%23|%EF%BC%83)([^/]*))?$/i;

/** Language and colour mode are in the first byte of the page: nothing flashes. */
export const handle: Handle = async ({ event, resolve }) => {
  const { pathname } = event.url;
  const handedOn = pathname === '/p' ? null : HANDED_ON.exec(pathname);
  if (handedOn) {
    const fragment = handedOn[1] ? `#${handedOn[1]}` : '';
    return new Response(null, { status: 302, headers: { location: `/p${fragment}`, ...NOT_KEPT } });
  }
  const response = await paraglideMiddleware(event.request, ({ locale }) => {
    const mode = event.cookies.get('mode') ?? '';
    // Installed from the customer's page, the app begins there.
    const manifest = /^\/p(\/|$)/.test(pathname) ? 'portal' : 'manifest';
    return resolve(event, {
      transformPageChunk: ({ html }) =>
        html
          .replace('%lang%', locale)
          .replace('%manifest%', manifest)
          // A chat that shows a picture of the link asks for a whole address.
          .replace('%origin%', event.url.origin)
          .replace('%mode%', MODES.includes(mode) ? `data-mode="${mode}"` : '')
          // The page is painted before its code comes.
          .replaceAll('rel="modulepreload"', 'rel="modulepreload" fetchpriority="low"'),
    });
  });
  if (!response.headers.get('content-type')?.startsWith('text/html')) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(NOT_KEPT)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
};

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
