// How fast multiplications and additions can be here: `benches/limit/peak.rs` as wasm, in a worker like the engine.

const WORKER = `
  onmessage = async ({ data: [module, seconds] }) => {
    const { exports } = await WebAssembly.instantiate(module);
    const count = exports.variant_count();
    let best = 0;
    for (let variant = 0; variant < count; variant += 1) {
      for (let rounds = 1000; ; rounds *= 2) {
        const begun = performance.now();
        const operations = exports.run_variant(variant, rounds);
        const took = (performance.now() - begun) / 1000;
        if (took > 0.02) best = Math.max(best, operations / took);
        if (took >= 0.5 * seconds / count) break;
      }
    }
    postMessage(best);
  };`;

const worker = new Worker(URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" })));
const module = WebAssembly.compileStreaming(fetch("limit.wasm"));

window.contender = {
  /// Floating-point operations a second, the most that was seen in about as many seconds.
  async limit(seconds) {
    const loaded = await module;
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage([loaded, seconds]);
    });
  },
};
