// Keeps the page for when there is no network. The files of every build have a cache of their own, and what is asked for
// says of which build it is, by the name of the file or behind its question mark: an open page goes on with its own
// build's files when a newer build has come, and whoever opens or reloads the page gets the newest that has come whole.
// `cargo xtask build` writes what the build has before this: its name, `build`, and its `files`, the name, the address as
// the page asks for it, and the hash of each.
const { build, files } = self.page;

const scope = self.registration.scope;
// Other copies of the page at this origin have caches of their own.
const cacheOf = (build) => `reptile-lab ${scope} ${build}`;
// How long a page has to say of which build it is (ms).
const PATIENCE = 3000;

// Where the browser has kept another build's file at this address, the server is asked.
const get = (address, integrity) =>
  fetch(address, { integrity }).catch(() => fetch(address, { integrity, cache: "reload" }));

// One file after the other: a class is on the same network.
async function keep() {
  const cache = await caches.open(cacheOf(build));
  try {
    for (const [name, address, integrity] of files) await cache.put(name, await get(address, integrity));
  } catch (error) {
    // Tried again when a page is opened next.
    await caches.delete(cacheOf(build));
    throw error;
  }
}

async function answer(request, name) {
  const { search, searchParams } = new URL(request.url);
  const asked = searchParams.get("build") ?? search.slice(1);
  let all = [cacheOf(build)];
  if (request.mode !== "navigate" && asked) all = [cacheOf(asked)];
  else if (name) all.push(...await caches.keys());
  for (const cacheName of all.filter((key) => key.startsWith(cacheOf("")))) {
    const kept = await caches.match(name || "./", { cacheName });
    // A worker reads in its own address, which would be the kept file's, what it is to run.
    if (kept) return request.destination === "worker" ? new Response(kept.body, kept) : kept;
  }
  return fetch(request);
}

// The newest build here; none where the server has another page now, such as the one that `trunk serve` serves, in whose
// place this one would stay for ever.
let newest = build;
async function look() {
  const { status } = await fetch("service-worker.js", { method: "HEAD", cache: "no-store" }).catch(() => ({}));
  if (status === 404 && (await self.registration.unregister())) newest = "";
}

// Of which build an open page is; undefined where it does not say.
const buildOf = (page) => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => resolve(data);
  setTimeout(resolve, PATIENCE);
  page.postMessage(newest, [port2]);
});

// Tells every page which build is the newest here, and deletes what none of them is of.
async function sweep() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const builds = await Promise.all(pages.map(buildOf));
  if (builds.includes(undefined)) return;
  const used = [build, ...builds].map(cacheOf);
  const keys = (await caches.keys()).filter((key) => key.startsWith(cacheOf("")) && !used.includes(key));
  // What is on its way is not used yet.
  if (self.registration.installing) return;
  await Promise.all(keys.map((key) => caches.delete(key)));
}

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});
// A page's requests wait for the one, and not for the other.
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
  sweep();
});
self.addEventListener("message", (event) => event.waitUntil(look().then(sweep)));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(scope)) return;
  const name = url.slice(scope.length).replace(/[?#].*$/, "").replace(/^index\.html$/, "");
  event.respondWith(answer(event.request, name));
});
