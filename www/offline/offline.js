// Has the browser keep the page for when there is no network, and tells the page when a newer build of it has come.
// program.js fetches this when the engine can train: nothing that a visitor waits for takes longer.

// Pages of a class that are opened in the same minute do not all fetch what is left at once, while others still wait for
// their program (ms).
const SPREAD = 30_000;
const worker = navigator.serviceWorker;

worker?.addEventListener("message", ({ data: newest, ports: [reply] }) => {
  reply.postMessage(window.build);
  if (worker.controller && newest !== window.build) window.dispatchEvent(new Event("reptile-lab-update"));
});

async function register() {
  const registration = await worker.register("service-worker.js");
  registration.active?.postMessage("opened");
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && navigator.onLine) registration.update().catch(() => {});
  });
}

// Where the browser keeps nothing, the page works as well.
if (worker) setTimeout(() => register().catch(() => {}), worker.controller ? 0 : SPREAD * Math.random());
