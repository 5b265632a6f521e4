// Keeps the blank sheets of visits to the place and what they need, and gives them when there is no network.
const KEPT = "offline-sheets";
const LONGEST_WAIT = 4000; // milliseconds until a weak network counts as none
const SHEET = /\/evaluations\/[^/]+\/sheets\/new$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { page, files } = event.data;
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    // files of an earlier version go; the pages of other evaluations stay
    for (const request of await cache.keys()) {
      if (!SHEET.test(new URL(request.url).pathname) && !files.includes(request.url)) await cache.delete(request);
    }
    for (const file of files) if (!(await cache.match(file))) await cache.add(file);
    await keep(cache, page, await fetch(page, { cache: "no-store" }));
  })());
});

// signed out, or not an evaluator any more: the blank sheet goes, what was written stays encrypted
async function keep(cache, page, answer) {
  if (answer.ok && !answer.redirected) await cache.put(page, answer);
  else await cache.delete(page);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fileOf(request));
  else if (request.mode === "navigate" && SHEET.test(url.pathname)) event.respondWith(pageOf(request, url.pathname));
});

async function fileOf(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request.url)) ?? fetch(request);
}

async function pageOf(request, path) {
  const stored = await (await caches.open(KEPT)).match(path);
  const fresh = fetch(request);
  if (!stored) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(stored), LONGEST_WAIT));
  return Promise.race([fresh.catch(() => stored), late]);
}
