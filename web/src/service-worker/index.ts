import { version } from '$app/env';
import { immutable } from '$app/manifest';
import { self } from '$app/service-worker';

/** The app itself, and nothing of anybody's: pages, answers and documents are never kept. */
const CACHE = `shell-${version}`;
const OFFLINE = '/offline.html';
const FIRST = [OFFLINE, '/samples.svg', '/favicon.svg'];
/** Files whose names change with their content; each is kept when it is first needed, so that a visit costs no more. */
const IMMUTABLE = '/_app/immutable/';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FIRST)));
});

self.addEventListener('activate', (event) => {
  const clean = async () => {
    for (const key of await caches.keys()) if (key !== CACHE) await caches.delete(key);
    // What the first visit still loads is kept as well.
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

// The desk asks for all code once; the customer's phone fetches only its own. Whoever wants to know hears when it is here.
self.addEventListener('message', (event) => {
  if (event.data === 'keep-desk') event.waitUntil(keepAll().then(() => event.ports[0]?.postMessage('kept')));
});

/** A few at a time, behind everything a person waits for; what fails is fetched when it is needed. */
async function keepAll(): Promise<void> {
  const paths = immutable.map(({ path }) => path);
  const keepNext = async (): Promise<void> => {
    for (let path = paths.pop(); path; path = paths.pop()) await fromShell(new Request(path)).catch(() => {});
  };
  await Promise.all([keepNext(), keepNext(), keepNext()]);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(IMMUTABLE) || FIRST.includes(url.pathname)) {
    event.respondWith(fromShell(request));
  } else if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(offline));
  }
});

async function fromShell(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

async function offline(): Promise<Response> {
  return (await caches.match(OFFLINE)) ?? Response.error();
}
