// Fetches the page's program and runs it, where start.js has found that it can run.

// A wasm file as wasm-bindgen and the loader of the lazy chunk take it: the response, to be compiled while it arrives, or
// its bytes where the server does not say that it is wasm.
window.fetchWasm = async (address) => {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.toString().replace(/^.*\//, "")}: HTTP ${response.status}`);
  return response.headers.get("Content-Type") === "application/wasm" ? response : response.arrayBuffer();
};

// Once the engine can train. Only a page that was built for visitors has a manifest.
const keepOffline = () => {
  if (document.querySelector("link[rel=manifest]")) {
    window.reptileLab.ready.then(() => import(`./offline.js?${window.build}`)).catch(() => {});
  }
};

if (window.startEngine) {
  // Their names, which have a hash, stand in the links by which the browser fetches them early.
  const [script, wasm] = ["modulepreload", "preload"].map((rel) => document.querySelector(`link[rel=${rel}]`).href);
  Promise.all([import(script), window.fetchWasm(wasm), window.texts]).then(
    ([program, wasm, texts]) => {
      // The loader of the lazy chunk takes it from here.
      window.program = program;
      window.texts = texts;
      return program.default({ module_or_path: wasm }).then(keepOffline, (error) => window.startFailed("broken", error));
    },
    (error) => window.startFailed(error instanceof SyntaxError ? "broken" : "unfetched", error),
  );
}
