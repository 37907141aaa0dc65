// A worker of the page: fetches the program that its address names, of the build that it names, and runs it. A helper of
// an engine is given that engine's own program, compiled.
const query = new URLSearchParams(location.search);
const [program, build] = [query.get("program"), query.get("build")];
const module = self.name === "helper"
  ? new Promise((resolve) => {
      self.onmessage = ({ data }) => {
        self.onmessage = null;
        resolve(data);
      };
    })
  : fetch(`${program}_bg.wasm?${build}`).then((response) => {
      if (!response.ok) throw new Error(`${response.url}: HTTP ${response.status}`);
      // Its bytes where the server does not say that it is wasm: only what is said to be is compiled while it arrives.
      return response.headers.get("Content-Type") === "application/wasm" ? response : response.arrayBuffer();
    });
Promise.all([import(`./${program}.js?${build}`), module])
  .then(([{ default: init }, module]) => init({ module_or_path: module }))
  // Outside of the promise, so that the worker's error event has it.
  .catch((error) => setTimeout(() => { throw error; }));
