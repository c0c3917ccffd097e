// The build puts the names of the page's files and their digest in here.
const cacheName = "tx-lab-@version";
const files = ["@files"].flat();

/** With these, memory can be shared with threads: https://web.dev/articles/coop-coep */
const isolating = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(cacheName);
    await cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
  };
  event.waitUntil(keep());
});

addEventListener("activate", (event) => {
  const takeOver = async () => {
    const old = (await caches.keys()).filter(
      (name) => name.startsWith("tx-lab-") && name !== cacheName,
    );
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(takeOver());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === location.origin;
  if (request.method === "GET" && isOurs) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request.mode === "navigate" ? "./" : request, {
    ignoreSearch: true,
    // Servers say that answers depend on where a request comes from; all of ours come from here.
    ignoreVary: true,
  });
  const found = kept ?? (await fetch(request));
  // Nothing to add to: an error, or the answer of another place.
  if (found.status === 0 || found.redirected) return found;
  const headers = new Headers(found.headers);
  for (const [name, value] of Object.entries(isolating)) headers.set(name, value);
  const { status, statusText } = found;
  return new Response(found.body, { status, statusText, headers });
}
