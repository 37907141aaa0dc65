"""Writes optimizers.json and meta_gradients.json beside this file.

Needs torch, jax and numpy. Inner optimizers are PyTorch's own (`torch.optim`) in float64, mapped gradient descent its
automatic gradient with respect to y = f(θ). Meta-gradients are `jax.grad` of the query's loss through the whole inner
loop, in float64. Inputs and formats are those of `generate.py`.
"""

import platform
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import torch
from generate import (
    NETWORKS,
    float64,
    loss_and_gradient,
    mse,
    network_fields,
    parameters,
    plain,
    sample,
    shuffled_grid,
    sine_task,
    targets,
    text,
)

TORCH_ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "sine": torch.sin}
ALPHA = 0.01


def torch_loss(theta, x, y, hidden, activation):
    h, at = x[:, None], 0
    widths = [1, *hidden, 1]
    for layer, (i, o) in enumerate(zip(widths[:-1], widths[1:])):
        weight, bias = theta[at : at + o * i].reshape(o, i), theta[at + o * i : at + o * i + o]
        at += o * i + o
        h = h @ weight.T + bias
        if layer < len(hidden):
            h = TORCH_ACTIVATIONS[activation](h)
    return torch.mean((h[:, 0] - y) ** 2)


def cubic_root(y):
    """The real root of t³ + t = y, by Newton's method from below in size, differentiable once at the end."""
    with torch.no_grad():
        t = torch.sign(y) * torch.minimum(torch.abs(y), torch.abs(y) ** (1 / 3))
        for _ in range(100):
            t = t - (t**3 + t - y) / (3 * t**2 + 1)
    # One more step, with y's derivative.
    return t - (t**3 + t - y) / (3 * t**2 + 1)


OPTIMIZERS = {
    "momentum": lambda p: torch.optim.SGD([p], lr=ALPHA, momentum=0.9),
    "adam": lambda p: torch.optim.Adam([p], lr=ALPHA, betas=(0.0, 0.999), eps=1e-8),
    "adam_0.9": lambda p: torch.optim.Adam([p], lr=ALPHA, betas=(0.9, 0.999), eps=1e-8),
    "rmsprop": lambda p: torch.optim.RMSprop([p], lr=ALPHA, alpha=0.9, eps=1e-8),
}
MAPS = {
    "identity": (lambda t: t, lambda y: y),
    "asinh": (torch.asinh, torch.sinh),
    "cubic": (lambda t: t + t**3, cubic_root),
}


def minibatches(index, count):
    x32 = shuffled_grid(700 + index)[: 10 * count].reshape(count, 10)
    return x32, targets(sine_task(800 + index), x32)


def optimizers():
    cases = []
    for index, name in enumerate(("tanh_64_64", "sine_7_5_3")):
        hidden, activation, seed, _ = NETWORKS[name]
        start = np.asarray(parameters(hidden, seed), np.float64)
        x32, y32 = minibatches(index, 5)
        batches = [(torch.tensor(x), torch.tensor(y)) for x, y in zip(*float64(x32, y32))]

        def follow(parameter, theta_of, optimizer):
            trajectory = []
            for x, y in batches:
                optimizer.zero_grad()
                torch_loss(theta_of(parameter), x, y, hidden, activation).backward()
                optimizer.step()
                trajectory.append(sample(theta_of(parameter).detach().numpy(), 8, 24))
            return trajectory

        runs = {}
        for optimizer, make in OPTIMIZERS.items():
            parameter = torch.nn.Parameter(torch.tensor(start))
            runs[optimizer] = follow(parameter, lambda p: p, make(parameter))
        for name_of_map, (forward, inverse) in MAPS.items():
            parameter = torch.nn.Parameter(forward(torch.tensor(start)).detach())
            runs[f"mapped_{name_of_map}"] = follow(
                parameter, inverse, torch.optim.SGD([parameter], lr=ALPHA)
            )
        cases.append(
            {
                **network_fields(name),
                "learning_rate": ALPHA,
                "minibatches": [{"x": x, "y": y} for x, y in zip(x32, y32)],
                "runs": [{"optimizer": k, "phi": v} for k, v in runs.items()],
            }
        )
    return {"cases": cases}


def meta_gradients():
    cases = []
    networks = (
        ("tanh_64_64", 1),
        ("tanh_64_64", 4),
        ("relu_40", 3),
        ("sine_7_5_3", 3),
        ("tanh_128_16_8_4", 2),
        ("gelu_40_20", 3),
        ("softplus_7_5_3", 3),
    )
    for index, (name, steps) in enumerate(networks):
        hidden, activation, seed, _ = NETWORKS[name]
        theta = jnp.asarray(parameters(hidden, seed), jnp.float64)
        x32, y32 = minibatches(10 + index, steps + 1)
        x, y = float64(x32, y32)

        def adapted(theta, momentum):
            phi, v = theta, jnp.zeros_like(theta)
            for step in range(steps):
                v = momentum * v + loss_and_gradient(phi, x[step], y[step], hidden, activation)[1]
                phi = phi - 0.02 * v
            return phi

        def query_loss(phi):
            return mse(phi, x[steps], y[steps], hidden, activation)

        through = [jax.grad(lambda t, m=m: query_loss(adapted(t, m)))(theta) for m in (0.0, 0.9)]
        cases.append(
            {
                **network_fields(name),
                "learning_rate": 0.02,
                "minibatches": [{"x": a, "y": b} for a, b in zip(x32, y32)],
                "joint": sample(jax.grad(query_loss)(theta), 8, 24),
                "fomaml": sample(jax.grad(query_loss)(adapted(theta, 0.0)), 8, 24),
                "maml": sample(through[0], 8, 24),
                "maml_momentum": sample(through[1], 8, 24),
            }
        )
    return {"cases": cases}


def main():
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
    for fixture in (optimizers, meta_gradients):
        path = Path(__file__).with_name(f"{fixture.__name__}.json")
        path.write_text(text(plain({"versions": versions, **fixture()})) + "\n")
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
