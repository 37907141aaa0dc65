// What every contender's page offers to the program that measures it, as `window.contender`.
//
// A framework brings `open(backend)`, which starts a backend or throws; `select(backend)`, which goes back to one that was
// opened; and `load(work, gradients)`, which returns the work in arrays of the backend. Gradients are "automatic", as the
// framework's users have them, or "written" out by hand, which is the fastest that it can be brought to:
//   start()                θ as it was handed in
//   step(theta, iteration) one meta-iteration; `theta` is not used again; nothing is waited for
//   settle(theta)          a promise that is kept when all that θ depends on has been computed
//   read(theta)            a promise of six Float32Arrays: W1 [1][64], b1, W2 [64][64] as [in][out], b2, W3 [64][1], b3
//   free(theta)

/// Sizes of the paper's network.
export const HIDDEN = 64;

/// Cuts the flat θ (each layer [out][in], then its biases) into six arrays, weights as [in][out].
export function split(theta) {
  const flat = Float32Array.from(theta);
  const h = HIDDEN;
  const ends = [h, 2 * h, 2 * h + h * h, 3 * h + h * h, 4 * h + h * h, 4 * h + h * h + 1];
  const parts = ends.map((end, i) => flat.slice(i ? ends[i - 1] : 0, end));
  parts[2] = transposed(parts[2]);
  return parts;
}

/// The other way round.
export function join(parts) {
  const [w1, b1, w2, b2, w3, b3] = parts;
  return [w1, b1, transposed(w2), b2, w3, b3].flatMap((part) => Array.from(part));
}

function transposed(square) {
  return square.map((_, i) => square[(i % HIDDEN) * HIDDEN + Math.floor(i / HIDDEN)]);
}

/// The minibatches of a meta-iteration: [steps] of { x: [batch], y: [batch] }; iterations beyond the last begin anew.
export function minibatches(work, iteration) {
  const { steps, batch } = work;
  const at = (i) => (iteration * steps + i) * batch;
  const cut = (numbers, i) => Float32Array.from(numbers.slice(at(i), at(i + 1)));
  return Array.from({ length: steps }, (_, i) => ({ x: cut(work.x, i), y: cut(work.y, i) }));
}

/// Makes `window.contender` of a framework.
export function offer({ open, select, load }) {
  const opened = new Map();
  const run = async ({ runs, iterations }, count) => {
    let theta = runs.start();
    const begun = performance.now();
    for (let i = 0; i < count; i += 1) theta = runs.step(theta, i % iterations);
    await runs.settle(theta);
    return { theta, seconds: (performance.now() - begun) / 1000 };
  };
  const resume = async (backend, gradients) => {
    await select(backend);
    return opened.get(`${backend} ${gradients}`);
  };
  window.contender = {
    async open(backend, gradients, work) {
      await open(backend);
      const runs = await load(work, gradients);
      opened.set(`${backend} ${gradients}`, { runs, iterations: work.iterations, count: 1 });
    },
    /// θ after `count` meta-iterations, in the flat order.
    async theta(backend, gradients, count) {
      const entry = await resume(backend, gradients);
      const { theta } = await run(entry, count);
      const parts = await entry.runs.read(theta);
      entry.runs.free(theta);
      return join(parts);
    },
    /// Trains for about as long: { iterations, seconds }. Nothing is read back, and it waits once, at the end.
    async time(backend, gradients, wanted) {
      const entry = await resume(backend, gradients);
      for (;;) {
        const { theta, seconds } = await run(entry, entry.count);
        entry.runs.free(theta);
        const iterations = entry.count;
        // At most eightfold: the first runs are slow, as they compile.
        entry.count = Math.max(1, Math.round(iterations * Math.min(8, wanted / seconds)));
        if (seconds >= 0.75 * wanted) return { iterations, seconds };
      }
    },
  };
}
