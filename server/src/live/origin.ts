import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a handshake comes from a page of another site. A page's Origin must be the address people open, whatever
 * `Host` says. Programs send none, and browsers send none with a GET to their own site; there Sec-Fetch-Site, which
 * pages cannot forge, must not say otherwise. SameSite keeps the cookie out of what remains.
 */
export function isForeignOrigin(headers: IncomingHttpHeaders, publicUrl: string): boolean {
  const { origin } = headers;
  if (origin === undefined) {
    const site = headers['sec-fetch-site'];
    return site !== undefined && site !== 'same-origin' && site !== 'none';
  }
  const url = URL.canParse(origin) ? new URL(origin) : null;
  // `null`, paths, user names and the like are no origins.
  if (!url || url.origin !== origin.toLowerCase()) return true;
  const own = new URL(publicUrl);
  if (url.origin === own.origin) return false;
  // One's own machine has several names, and a port of it may lead to ours: then Host, which pages cannot forge, has it.
  const isOwnMachine = LOOPBACK.includes(url.hostname) && LOOPBACK.includes(own.hostname);
  const isOurPort = url.port === own.port || url.host === headers.host;
  return !(isOwnMachine && url.protocol === own.protocol && isOurPort);
}
