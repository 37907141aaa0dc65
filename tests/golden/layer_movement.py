"""Writes layer_movement.json beside this file: how far each layer of small networks moves while they adapt, and what
their hidden units respond with. Needs numpy alone.

Everything is float64 and written out by hand: forward pass, backpropagation, plain gradient descent on all shots.
Parameters are in PyTorch's order, weights [out][in] row by row, then biases, and float32 values.
"""

import json
from pathlib import Path

import numpy as np

CASES = [([6, 5], "tanh", 12), ([7], "relu", 5), ([4, 3, 5], "sine", 8)]
ACTIVATIONS = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "sine": (np.sin, np.cos),
}
RATE = float(np.float32(0.02))


def adapt(weights, biases, x, y, activation):
    f, slope = ACTIVATIONS[activation]
    values, inputs = [x[None, :]], []
    for number, (w, b) in enumerate(zip(weights, biases)):
        z = w @ values[-1] + b[:, None]
        inputs.append(z)
        values.append(z if number == len(weights) - 1 else f(z))
    delta = 2 * (values[-1] - y[None, :]) / x.size
    new = []
    for number in reversed(range(len(weights))):
        w, b = weights[number], biases[number]
        new.append((w - RATE * delta @ values[number].T, b - RATE * delta.sum(axis=1)))
        if number:
            delta = (w.T @ delta) * slope(inputs[number - 1])
    new.reverse()
    return [w for w, _ in new], [b for _, b in new]


def last_responses(weights, biases, x, activation):
    values = x[None, :]
    for w, b in list(zip(weights, biases))[:-1]:
        values = ACTIVATIONS[activation][0](w @ values + b[:, None])
    return values


def case(hidden, activation, steps, rng):
    widths = [1, *hidden, 1]
    draw = lambda *shape: rng.uniform(-1, 1, shape).astype(np.float32).astype(float)
    weights = [draw(o, i) / np.sqrt(i) for i, o in zip(widths, widths[1:])]
    weights = [w.astype(np.float32).astype(float) for w in weights]
    biases = [draw(o) for o in widths[1:]]
    theta = np.concatenate([np.concatenate([w.ravel(), b]) for w, b in zip(weights, biases)])
    x, y = draw(6) * 5, draw(6) * 3
    x, y = x.astype(np.float32).astype(float), y.astype(np.float32).astype(float)
    begin = (weights, biases)
    moved = []
    for step in range(steps + 1):
        squares = [
            np.sum((w - v) ** 2) + np.sum((b - c) ** 2) for w, v, b, c in zip(weights, begin[0], biases, begin[1])
        ]
        moved.append(np.sqrt(squares).tolist())
        if step < steps:
            weights, biases = adapt(weights, biases, x, y, activation)
    grid = np.linspace(-5, 5, 11)
    return {
        "hidden": hidden,
        "activation": activation,
        "theta": theta.tolist(),
        "shots": np.stack([x, y], axis=1).tolist(),
        "steps": steps,
        "moved": moved,
        "responses_before": last_responses(*begin, grid, activation).tolist(),
        "responses_after": last_responses(weights, biases, grid, activation).tolist(),
    }


rng = np.random.default_rng(13)
cases = [case(*parameters, rng) for parameters in CASES]
text = json.dumps({"numpy": np.__version__, "learning_rate": RATE, "cases": cases})
Path(__file__).with_name("layer_movement.json").write_text(text + "\n")
