// Reptile with TensorFlow.js: as its users write it, with an optimizer that takes the gradients of a loss; and with gradients
// written out, which saves the tape that the optimizer records at every step.

import { HIDDEN, minibatches, offer, split } from "./contender.js";

const SHAPES = [[1, HIDDEN], [HIDDEN], [HIDDEN, HIDDEN], [HIDDEN], [HIDDEN, 1], [1]];

/// φ after one step on each minibatch, with automatic gradients.
function optimized(theta, minibatches, { alpha }) {
  const phi = theta.map((part) => tf.variable(part));
  const [w1, b1, w2, b2, w3, b3] = phi;
  const optimizer = tf.train.sgd(alpha);
  for (const { x, y } of minibatches) {
    optimizer.minimize(() => {
      const h1 = tf.tanh(tf.add(tf.matMul(x, w1), b1));
      const h2 = tf.tanh(tf.add(tf.matMul(h1, w2), b2));
      return tf.losses.meanSquaredError(y, tf.add(tf.matMul(h2, w3), b3));
    }, false, phi);
  }
  optimizer.dispose();
  return phi;
}

/// φ after one step on each minibatch, with gradients written out.
function descended(theta, minibatches, scalars) {
  return minibatches.reduce((phi, minibatch) => descend(phi, minibatch, scalars), theta);
}

/// φ after one step of gradient descent on the mean squared error of a minibatch.
///
/// Biases go with their products in one fused operation, and α is multiplied into the first gradient, from which all the
/// others follow linearly; so the update of a parameter is one subtraction.
function descend(phi, { x, y }, { rate, one }) {
  const [w1, b1, w2, b2, w3, b3] = phi;
  const h1 = tf.tanh(tf.fused.matMul({ a: x, b: w1, bias: b1 }));
  const h2 = tf.tanh(tf.fused.matMul({ a: h1, b: w2, bias: b2 }));
  const d3 = tf.mul(tf.sub(tf.fused.matMul({ a: h2, b: w3, bias: b3 }), y), rate);
  const d2 = tf.mul(tf.matMul(d3, w3, false, true), tf.sub(one, tf.square(h2)));
  const d1 = tf.mul(tf.matMul(d2, w2, false, true), tf.sub(one, tf.square(h1)));
  return [
    tf.sub(w1, tf.matMul(x, d1, true)),
    tf.sub(b1, tf.sum(d1, 0)),
    tf.sub(w2, tf.matMul(h1, d2, true)),
    tf.sub(b2, tf.sum(d2, 0)),
    tf.sub(w3, tf.matMul(h2, d3, true)),
    tf.sub(b3, tf.sum(d3, 0)),
  ];
}

async function open(backend) {
  if (backend === "wasm") tf.wasm.setWasmPaths("modules/@tensorflow/tfjs-backend-wasm/dist/");
  await select(backend);
}

async function select(backend) {
  if (!(await tf.setBackend(backend))) throw new Error("the backend does not start");
  await tf.ready();
}

function load(work, gradients) {
  const innerLoop = { automatic: optimized, written: descended }[gradients];
  // Numbers would become tensors anew wherever they are used.
  const scalars = { alpha: work.alpha, rate: tf.scalar((2 * work.alpha) / work.batch), one: tf.scalar(1) };
  const epsilon = tf.scalar(work.epsilon);
  const tasks = Array.from({ length: work.iterations }, (_, iteration) =>
    minibatches(work, iteration).map(({ x, y }) => ({
      x: tf.tensor2d(x, [work.batch, 1]),
      y: tf.tensor2d(y, [work.batch, 1]),
    })),
  );
  const parts = split(work.theta);
  return {
    start: () => parts.map((part, i) => tf.tensor(part, SHAPES[i])),
    step(theta, iteration) {
      const next = tf.tidy(() => {
        const phi = innerLoop(theta, tasks[iteration], scalars);
        const next = theta.map((part, i) => tf.add(part, tf.mul(epsilon, tf.sub(phi[i], part))));
        // What is variable is not tidied up by itself.
        if (gradients === "automatic") tf.dispose(phi);
        return next;
      });
      tf.dispose(theta);
      return next;
    },
    settle: (theta) => theta[5].data(),
    read: (theta) => Promise.all(theta.map((part) => part.data())),
    free: (theta) => tf.dispose(theta),
  };
}

offer({ open, select, load });
