// Reptile with jax-js: one meta-iteration is one compiled function, as its users write it, with `grad` of a loss; and with
// gradients written out, as for TensorFlow.js.

import { blockUntilReady, defaultDevice, grad, init, jit, numpy as np } from "./modules/@jax-js/jax/dist/index.js";
import { HIDDEN, minibatches, offer, split } from "./contender.js";

const SHAPES = [[1, HIDDEN], [HIDDEN], [HIDDEN, HIDDEN], [HIDDEN], [HIDDEN, 1], [1]];

/// Arrays are counted by reference: a function uses each argument up, `ref` keeps it for another use.
const kept = (parts) => parts.map((part) => part.ref);

/// The mean squared error of a minibatch, x and y [batch][1].
function loss([w1, b1, w2, b2, w3, b3], { x, y }) {
  const h1 = np.tanh(np.dot(x, w1).add(b1));
  const h2 = np.tanh(np.dot(h1, w2).add(b2));
  return np.square(np.dot(h2, w3).add(b3).sub(y)).mean();
}

/// φ after one step of gradient descent on a minibatch, with automatic gradients.
function optimized(phi, minibatch, { alpha }) {
  const gradients = grad(loss)(kept(phi), minibatch);
  return phi.map((part, i) => part.sub(gradients[i].mul(alpha)));
}

/// The same, with gradients written out.
function descended([w1, b1, w2, b2, w3, b3], { x, y }, { rate }) {
  const slope = (h) => np.square(h).mul(-1).add(1);
  const h1 = np.tanh(np.dot(x.ref, w1.ref).add(b1.ref));
  const h2 = np.tanh(np.dot(h1.ref, w2.ref).add(b2.ref));
  const d3 = np.dot(h2.ref, w3.ref).add(b3.ref).sub(y).mul(rate);
  const d2 = np.dot(d3.ref, np.transpose(w3.ref)).mul(slope(h2.ref));
  const d1 = np.dot(d2.ref, np.transpose(w2.ref)).mul(slope(h1.ref));
  return [
    w1.sub(np.dot(np.transpose(x), d1.ref)),
    b1.sub(d1.sum(0)),
    w2.sub(np.dot(np.transpose(h1), d2.ref)),
    b2.sub(d2.sum(0)),
    w3.sub(np.dot(np.transpose(h2), d3.ref)),
    b3.sub(d3.sum(0)),
  ];
}

async function open(backend) {
  const devices = await init(backend);
  if (!devices.includes(backend)) throw new Error("the backend does not start");
  defaultDevice(backend);
}

function load(work, gradients) {
  const descend = { automatic: optimized, written: descended }[gradients];
  const rates = { alpha: work.alpha, rate: (2 * work.alpha) / work.batch };
  const meta = jit((theta, minibatches) => {
    const phi = minibatches.reduce((phi, minibatch) => descend(phi, minibatch, rates), kept(theta));
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
