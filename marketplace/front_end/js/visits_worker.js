// Keeps one page and what it needs, and gives them when there is no network. It sees no visit.
const KEPT = "offline-visits";
const DEVICE = "/visits/device-of/"; // never fetched: under it lies the identity of the phone
const LONGEST_WAIT = 4000; // milliseconds until a weak network counts as none

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { page, files, device, owner } = event.data;
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    const wanted = new Set(files);
    for (const request of await cache.keys()) {
      const { pathname } = new URL(request.url);
      if (!wanted.has(request.url) && pathname !== page && !pathname.startsWith(DEVICE)) await cache.delete(request);
    }
    await cache.put(DEVICE + owner, new Response(device));
    for (const file of wanted) if (!(await cache.match(file))) await cache.add(file);
    await keepPage(cache, page);
    event.source?.postMessage("kept");
  })());
});

async function keepPage(cache, page) {
  const answer = await fetch(page, { cache: "no-store" });
  if (answer.ok && !answer.redirected) await cache.put(page, answer);
  // signed out: what the phone knew of contracts goes, what waits to be sent stays
  else if (answer.redirected) await cache.delete(page);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fileOf(request));
  else if (request.mode === "navigate" && url.pathname.endsWith("/visits/offline")) {
    event.respondWith(pageOf(request));
    event.waitUntil(emptyIfTakenBack().catch(() => {})); // without a network nobody knows
  }
});

async function fileOf(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request.url)) ?? fetch(request);
}

// A phone that was taken back is emptied here, whoever holds it and whether or not anybody is signed in.
async function emptyIfTakenBack() {
  const cache = await caches.open(KEPT);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(DEVICE)) continue;
    const device = await (await cache.match(request)).text();
    const answer = await fetch(`/visits/device/${device}`, { headers: { accept: "application/json" }, cache: "no-store" });
    if (!answer.ok || !(await answer.json()).must_wipe) continue;
    indexedDB.deleteDatabase(`visits-${pathname.slice(DEVICE.length)}`);
    await caches.delete(KEPT);
  }
}

async function pageOf(request) {
  const cache = await caches.open(KEPT);
  const stored = await cache.match(new URL(request.url).pathname);
  const fresh = fetch(request);
  if (!stored) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(stored), LONGEST_WAIT));
  return Promise.race([fresh.catch(() => stored), late]);
}
