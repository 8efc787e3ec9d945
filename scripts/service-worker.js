/** Keeps the built page for when there is no network. VERSION and FILES are written in by the build (scripts/offline.mjs): a new build is a new file, fetched whole
 *  beside the old one, and takes over at the next visit, so that no page ever runs with pieces of two. Everything is relative to where this file lies. */
const NAME = 'glassvisor-';
const CACHE = `${NAME}VERSION`;
const FILES = [];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith(NAME) && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || !address.href.startsWith(self.registration.scope)) return;
  // What is asked behind `?` is the page's own affair.
  address.search = '';
  address.hash = '';
  if (address.href === self.registration.scope) address.pathname += 'index.html';
  event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(address.href)) ?? fetch(request)));
});
