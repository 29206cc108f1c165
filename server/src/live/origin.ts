import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a handshake comes from a page of another site. A page's Origin must be our own address (`Host`, or the
 * public URL). Programs send none, and browsers send none with a GET to their own site; there Sec-Fetch-Site, which
 * pages cannot forge, must not say otherwise. SameSite keeps the cookie out of what remains.
 */
export function isForeignOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const { origin, host } = headers;
  if (origin === undefined) {
    const site = headers['sec-fetch-site'];
    return site !== undefined && site !== 'same-origin' && site !== 'none';
  }
  const url = URL.canParse(origin) ? new URL(origin) : null;
  // `null`, paths, user names and the like are no origins.
  if (!url || url.origin !== origin.toLowerCase()) return true;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return true;
  if (publicUrl && url.origin === new URL(publicUrl).origin) return false;
  return url.host !== host?.toLowerCase();
}
