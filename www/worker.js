// A worker of the page. The engine's decides by itself which program it runs, as the page has its own to start meanwhile: that
// with wgpu where the browser has a GPU for workers and says so in time. An engine's helper is given the engine's, compiled.
const build = new URLSearchParams(location.search).get("build");
// How long the browser may look for a GPU (ms).
const GPU_PATIENCE = 5000;

// The adapter of a GPU, if there is one. A browser whose GPU process has just ended has none for a moment: it is asked twice.
const ask = async () => navigator.gpu?.requestAdapter();
const findAdapter = async () => (await ask()) ?? ask();

// Its bytes where the server does not say that it is wasm: only what is said to be is compiled while it arrives.
const fetchModule = async (program) => {
  const response = await fetch(`${program}_bg.wasm?${build}`);
  if (!response.ok) throw new Error(`${response.url}: HTTP ${response.status}`);
  return response.headers.get("Content-Type") === "application/wasm" ? response : response.arrayBuffer();
};

const choose = async () => {
  const late = new Promise((resolve) => setTimeout(resolve, GPU_PATIENCE));
  const adapter = await Promise.race([findAdapter().catch(() => null), late]);
  // wgpu asks the adapter which it is, and not every browser's says.
  const program = adapter?.info ? "engine-gpu" : "engine";
  return [program, fetchModule(program)];
};

const given = () =>
  new Promise((resolve) => {
    self.onmessage = ({ data }) => {
      self.onmessage = null;
      resolve(data);
    };
  });

const run = async () => {
  const [program, module] = await (self.name === "helper" ? given() : choose());
  // The engine tells its helpers.
  self.programName = program;
  const [{ default: init }, compiled] = await Promise.all([import(`./${program}.js?${build}`), module]);
  return init({ module_or_path: compiled });
};
// Outside of the promise, so that the worker's error event has it.
run().catch((error) => setTimeout(() => { throw error; }));
