"""Writes the golden fixtures beside this file from an implementation independent of the crate.

Needs jax and numpy. Networks, gradients and inner loops are JAX in float64, gradients by
`jax.grad`. Every input (parameters, x, y) is a float32 value, stored with enough digits to
round-trip; every result is float64 rounded to nine significant digits.

Parameters are in PyTorch order: for each layer the weight matrix [out][in] row by row, then its
biases. They come from splitmix64 (see `uniform`), which the tests repeat from the stored seed.
"""

import json
import platform
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "relu": lambda z: jnp.maximum(z, 0),
    "sine": jnp.sin,
    "gelu": lambda z: jax.nn.gelu(z, approximate=True),
    "softplus": jax.nn.softplus,
}
GRID = np.linspace(-5, 5, 50).astype(np.float32)
LEARNING_RATE = 0.02
MASK = (1 << 64) - 1

# name: hidden widths, activation, seed of the parameters, points in the minibatch
NETWORKS = {
    "tanh_64_64": ([64, 64], "tanh", 1, 10),
    "relu_40": ([40], "relu", 2, 10),
    "sine_7_5_3": ([7, 5, 3], "sine", 3, 10),
    "tanh_1": ([1], "tanh", 4, 1),
    "tanh_128_16_8_4": ([128, 16, 8, 4], "tanh", 5, 10),
    "sine_16_16": ([16, 16], "sine", 6, 17),
    "gelu_40_20": ([40, 20], "gelu", 7, 10),
    "softplus_7_5_3": ([7, 5, 3], "softplus", 8, 17),
}


def uniform(seed, count):
    """`count` float32 values in [0, 1): the top 24 bits of a splitmix64 stream."""
    state, values = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        values.append(z >> 40)
    return np.array(values, np.float32) * np.float32(2**-24)


def shapes(hidden):
    widths = [1, *hidden, 1]
    return list(zip(widths[1:], widths[:-1]))


def parameters(hidden, seed):
    """(2u − 1) / √fan_in in float32, layer by layer, weights before biases."""
    fan_in = np.concatenate([np.full(o * i + o, i, np.float32) for o, i in shapes(hidden)])
    u = uniform(seed, fan_in.size)
    return (np.float32(2) * u - np.float32(1)) / np.sqrt(fan_in)


def predict(theta, x, hidden, activation):
    h, at = x[:, None], 0
    for layer, (o, i) in enumerate(shapes(hidden)):
        weight = theta[at : at + o * i].reshape(o, i)
        bias = theta[at + o * i : at + o * i + o]
        at += o * i + o
        h = h @ weight.T + bias
        if layer < len(hidden):
            h = ACTIVATIONS[activation](h)
    return h[:, 0]


def mse(theta, x, y, hidden, activation):
    return jnp.mean((predict(theta, x, hidden, activation) - y) ** 2)


loss_and_gradient = jax.value_and_grad(mse)


def sine_task(seed):
    """Amplitude in U(0.1, 5), phase in U(0, 2π)."""
    u = uniform(seed, 2).astype(np.float64)
    return np.float32(0.1 + 4.9 * u[0]), np.float32(2 * np.pi * u[1])


def targets(task, x):
    amplitude, phase = (float(v) for v in task)
    return (amplitude * np.sin(x.astype(np.float64) + phase)).astype(np.float32)


def shuffled_grid(seed):
    return GRID[np.argsort(uniform(seed, GRID.size), kind="stable")]


def float64(*arrays):
    return (np.asarray(a, np.float64) for a in arrays)


def sample(values, first, spread):
    """Some entries of a long vector: the first few, and some evenly spread over all of it."""
    values = np.asarray(values, np.float64)
    even = np.round(np.linspace(0, values.size - 1, spread)).astype(int)
    indices = sorted({*range(min(first, values.size)), *even.tolist()})
    return {
        "count": values.size,
        "indices": indices,
        "values": values[indices],
        "sum": values.sum(),
        "norm": np.linalg.norm(values),
    }


def network_fields(name):
    hidden, activation, seed, _ = NETWORKS[name]
    return {"name": name, "hidden": hidden, "activation": activation, "seed": seed}


def gradients():
    cases = []
    for index, (name, (hidden, activation, seed, points)) in enumerate(NETWORKS.items()):
        theta32, x32 = parameters(hidden, seed), shuffled_grid(100 + index)[:points]
        y32 = targets(sine_task(200 + index), x32)
        theta, x, y = float64(theta32, x32, y32)
        loss, gradient = loss_and_gradient(theta, x, y, hidden, activation)
        cases.append(
            {
                **network_fields(name),
                "parameters": sample(theta32, 8, 8),
                "x": x32,
                "y": y32,
                "predictions": predict(theta, x, hidden, activation),
                "loss": loss,
                "gradient": sample(gradient, 32, 32),
            }
        )
    return {"cases": cases}


def inner_sgd():
    cases = []
    for index, name in enumerate(("tanh_64_64", "relu_40", "sine_16_16", "gelu_40_20", "softplus_7_5_3")):
        hidden, activation, seed, _ = NETWORKS[name]
        theta = np.asarray(parameters(hidden, seed), np.float64)
        x32 = shuffled_grid(300 + index).reshape(5, 10)
        y32 = targets(sine_task(400 + index), x32)
        phi, losses = theta, []
        for x, y in zip(*float64(x32, y32)):
            loss, gradient = loss_and_gradient(phi, x, y, hidden, activation)
            losses.append(loss)
            phi = phi - LEARNING_RATE * gradient
        cases.append(
            {
                **network_fields(name),
                "learning_rate": LEARNING_RATE,
                "minibatches": [{"x": x, "y": y} for x, y in zip(x32, y32)],
                "losses": losses,
                "phi": sample(phi, 0, 64),
                "change_norm": np.linalg.norm(phi - theta),
            }
        )
    return {"cases": cases}


def adaptation():
    name = "tanh_64_64"
    hidden, activation, seed, _ = NETWORKS[name]
    task = sine_task(503)
    support_x, grid_y = shuffled_grid(501)[:10], targets(task, GRID)
    support_y = targets(task, support_x)
    phi, x, y, grid, truth = float64(parameters(hidden, seed), support_x, support_y, GRID, grid_y)
    steps, mean_squared, predictions = [], [], []
    for step in range(33):
        if step in (0, 1, 2, 4, 8, 16, 32):
            steps.append(step)
            mean_squared.append(mse(phi, grid, truth, hidden, activation))
        if step in (0, 8, 32):
            curve = predict(phi, grid, hidden, activation)
            predictions.append({"step": step, "values": curve})
        phi = phi - LEARNING_RATE * loss_and_gradient(phi, x, y, hidden, activation)[1]
    return {
        **network_fields(name),
        "learning_rate": LEARNING_RATE,
        "task": {"amplitude": task[0], "phase": task[1]},
        "support": {"x": support_x, "y": support_y},
        "grid": {"x": GRID, "y": grid_y},
        "steps": steps,
        "mse": mean_squared,
        "predictions": predictions,
    }


def outer():
    """θ by interpolation, and by Adam on g = θ − mean φ, with ε_t = ε·(1 − t/T), t = 0 … T − 1."""
    iterations = 6
    start = np.array([0.5, -1.25, 0.0, 2.0, -0.75, 0.0], np.float32)
    offsets = (2 * uniform(600, 36) - 1).reshape(iterations, 6)
    mean_phi = start + np.array([1, 0.1, 0.01, 3, 0, 0], np.float32) * offsets
    mean_phi[:, 4] = start[4]  # no gradient
    mean_phi[:, 5] = 1e-7  # a gradient as small as epsilon shows where epsilon is added
    assert mean_phi.dtype == np.float32
    means = mean_phi.astype(np.float64)

    theta, interpolation = start.astype(np.float64), []
    for t in range(iterations):
        theta = theta + 0.1 * (1 - t / iterations) * (means[t] - theta)
        interpolation.append(theta)

    theta, adam = start.astype(np.float64), []
    m, v = np.zeros(6), np.zeros(6)
    for t in range(iterations):
        g = theta - means[t]
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.999 * v + (1 - 0.999) * g**2
        m_hat, v_hat = m / (1 - 0.9 ** (t + 1)), v / (1 - 0.999 ** (t + 1))
        theta = theta - 0.01 * (1 - t / iterations) * m_hat / (np.sqrt(v_hat) + 1e-8)
        adam.append(theta)

    return {
        "iterations": iterations,
        "theta": start,
        "mean_phi": list(mean_phi),
        "interpolation": {"step_size": 0.1, "schedule": "linear", "theta": interpolation},
        "adam": {
            "step_size": 0.01,
            "schedule": "linear",
            "beta1": 0.9,
            "beta2": 0.999,
            "epsilon": 1e-8,
            "theta": adam,
        },
    }


def statistics():
    """Mean and half-width of the 95 % interval, 1.96·s/√n, s with n − 1."""
    cases = []
    for values in (
        [0.5, 1.25, -0.75, 2.0, 4.5],
        [4.125, 3.875, 4.0, 4.25, 3.9375, 4.0625, 4.5, 3.5],
    ):
        s = np.std(values, ddof=1)
        cases.append(
            {
                "values": values,
                "mean": np.mean(values),
                "ci95": 1.96 * s / np.sqrt(len(values)),
            }
        )
    return {"cases": cases}


def plain(value):
    """JSON types, numbers with nine significant digits."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, list) or np.ndim(value):
        return [plain(v) for v in value]
    return float(f"{float(value):.9g}")


def text(value, indent=""):
    """JSON with each list of numbers on one line."""
    deeper = indent + "  "
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {text(v, deeper)}" for k, v in value.items()]
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        rows = [text(v, deeper) for v in value]
    else:
        return json.dumps(value)
    left, right = "{}" if isinstance(value, dict) else "[]"
    return f"{left}\n" + ",\n".join(deeper + row for row in rows) + f"\n{indent}{right}"


def main():
    versions = {
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
    for fixture in (gradients, inner_sgd, adaptation, outer, statistics):
        path = Path(__file__).with_name(f"{fixture.__name__}.json")
        path.write_text(text(plain({"versions": versions, **fixture()})) + "\n")
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
