// Reptile with jax-js: one meta-iteration is one compiled function, its gradients are the framework's own.

import { blockUntilReady, defaultDevice, grad, init, jit, numpy as np } from "./modules/@jax-js/jax/dist/index.js";
import { HIDDEN, minibatches, offer, split } from "./contender.js";

const SHAPES = [[1, HIDDEN], [HIDDEN], [HIDDEN, HIDDEN], [HIDDEN], [HIDDEN, 1], [1]];

/// Arrays are counted by reference: a function uses each argument up, `ref` keeps it for another use.
const kept = (parts) => parts.map((part) => part.ref);

/// Mean squared error of φ on a minibatch, x and y [batch][1].
function loss([w1, b1, w2, b2, w3, b3], x, y) {
  const h1 = np.tanh(np.dot(x, w1).add(b1));
  const h2 = np.tanh(np.dot(h1, w2).add(b2));
  return np.square(np.dot(h2, w3).add(b3).sub(y)).mean();
}

async function open(backend) {
  const devices = await init(backend);
  if (!devices.includes(backend)) throw new Error("the backend does not start");
  defaultDevice(backend);
}

function load(work) {
  const gradient = grad(loss);
  const meta = jit((theta, minibatches) => {
    let phi = kept(theta);
    for (const { x, y } of minibatches) {
      const g = gradient(kept(phi), x, y);
      phi = phi.map((part, i) => part.sub(g[i].mul(work.alpha)));
    }
    return theta.map((part, i) => part.ref.add(phi[i].sub(part).mul(work.epsilon)));
  });
  const column = (numbers) => np.array(numbers).reshape([work.batch, 1]);
  const tasks = Array.from({ length: work.iterations }, (_, iteration) =>
    minibatches(work, iteration).map(({ x, y }) => ({ x: column(x), y: column(y) })),
  );
  const parts = split(work.theta);
  return {
    start: () => parts.map((part, i) => np.array(part).reshape(SHAPES[i])),
    step: (theta, iteration) => meta(theta, tasks[iteration].map(({ x, y }) => ({ x: x.ref, y: y.ref }))),
    settle: (theta) => blockUntilReady(theta),
    read: (theta) => Promise.all(theta.map((part) => part.ref.data())),
    free: (theta) => theta.forEach((part) => part.dispose()),
  };
}

offer({ open, select: defaultDevice, load });
