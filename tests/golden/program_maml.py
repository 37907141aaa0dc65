"""MAML (Finn, Abbeel and Levine 2017), as Reptile Lab runs it.

    python3 program.py [SEED]

needs PyTorch alone. Progress goes to standard error; at the end the program prints how well theta adapts to tasks that
it has not seen: the mean squared error after some gradient steps on 10 points, with its 95 % interval.
"""

import hashlib
import json
import math
import sys
import time

import torch

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
torch.set_num_threads(1)  # the network is too small to be shared


# Tasks

GRID = torch.linspace(-5.0, 5.0, 50)
SUPPORT = GRID


def sample_tasks(n):
    """n tasks of the distribution, one a row."""
    uniform = lambda low, high: low + (high - low) * torch.rand(n, 1)
    return uniform(0.1, 5.0), uniform(0.0, 6.283185307179586)


def truth(tasks, x):
    """y of every task at x: [tasks, points]."""
    a, p = tasks
    return a * (torch.sin(x + p))


observe = truth  # without noise


# The network: parameters are a list of weights [out, in] and biases [out], layer by layer

WIDTHS = [1, 64, 64, 1]


def random_start():
    """Uniform in ±1/√fan-in, as torch.nn.Linear has them."""
    theta = []
    for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
        bound = inputs**-0.5
        theta.append(torch.empty(outputs, inputs).uniform_(-bound, bound))
        theta.append(torch.empty(outputs).uniform_(-bound, bound))
    return theta


def for_tasks(theta, n):
    """The same parameters for each of n tasks."""
    return [parameter.expand(n, *parameter.shape) for parameter in theta]


def predict(phi, x):
    """What the network of each task makes of its x: [tasks, points]."""
    h = x.unsqueeze(-1)
    for weight, bias in zip(phi[:-2:2], phi[1:-2:2]):
        z = h @ weight.mT + bias.unsqueeze(-2)
        h = torch.tanh(z)
    return (h @ phi[-2].mT + phi[-1].unsqueeze(-2)).squeeze(-1)


def mse(phi, x, y):
    """The mean squared error of each task."""
    return ((predict(phi, x) - y) ** 2).mean(-1)


def gradients(phi, x, y, **options):
    """The gradient of each task's error: no task has a part in another's, so that of the sum has them all."""
    return torch.autograd.grad(mse(phi, x, y).sum(), phi, **options)


# Optimizers: phi after one step; `state` is a dictionary that is empty at first


def gradient_step(phi, grads, alpha, state):
    return [p - alpha * g for p, g in zip(phi, grads)]


# The inner loop


def inner_loop(phi, batches, state):
    """phi after one step on each of the batches."""
    for x, y in batches:
        # The graph is kept: the outer gradient goes back through these steps.
        phi = gradient_step(phi, gradients(phi, x, y, create_graph=True), 0.02, state)
    return phi


# Points to train on


def minibatches(tasks):
    """1 minibatch of 10 points of each task, without repeats until all have been used, and a query."""
    n = len(tasks[0])
    order = torch.rand(n, len(SUPPORT)).argsort(-1)
    x = SUPPORT[order[:, :10]]
    y = observe(tasks, x)
    batches = list(zip(x.split(10, -1), y.split(10, -1)))
    # The query: points that phi has not seen.
    x = SUPPORT[order[:, 10:20]]
    return batches, (x, observe(tasks, x))


# Evaluation on held-out tasks

STEPS = [0, 1, 2, 4, 8, 16, 32]


def held_out(n, seed):
    """n tasks and 10 shots of each, the same in every run."""
    torch.manual_seed(seed)
    tasks = sample_tasks(n)
    x = SUPPORT[torch.rand(n, len(SUPPORT)).argsort(-1)[:, :10]]
    return tasks, x, observe(tasks, x)


def evaluate(theta, tasks, x, y):
    """The error of each task on the whole grid after so many STEPS on its shots: [steps, tasks]."""
    grid = GRID.expand(len(x), -1)
    phi, state, errors = for_tasks(theta, len(x)), {}, []
    for s in range(STEPS[-1] + 1):
        phi = [p.detach().requires_grad_() for p in phi]
        if s in STEPS:
            errors.append(mse(phi, grid, truth(tasks, grid)).detach())
        phi = gradient_step(phi, gradients(phi, x, y), 0.02, state)
    return torch.stack(errors).double()


# The outer loop

ITERATIONS = 10000
HELD_OUT = held_out(1000, seed=1935)
torch.manual_seed(SEED)
theta = random_start()
theta = [parameter.requires_grad_() for parameter in theta]
outer = torch.optim.Adam(theta, lr=0.001, betas=(0.9, 0.999), eps=1e-8)
stopped = None
begun = time.perf_counter()

for t in range(ITERATIONS):
    tasks = sample_tasks(5)
    batches, query = minibatches(tasks)
    phi = inner_loop(for_tasks(theta, 5), batches, {})
    outer_gradient = torch.autograd.grad(mse(phi, *query).mean(), theta)
    epsilon = 0.001
    outer.param_groups[0]["lr"] = epsilon
    for parameter, gradient in zip(theta, outer_gradient):
        parameter.grad = gradient
    outer.step()
    if (t + 1) % max(ITERATIONS // 10, 1) == 0:
        print(f"{t + 1} of {ITERATIONS} meta-iterations", file=sys.stderr)
else:
    t = ITERATIONS
seconds = time.perf_counter() - begun


# The result

errors = evaluate(theta, *HELD_OUT)
interval = 1.96 * errors.std(-1) / math.sqrt(1000)
flat = torch.cat([parameter.detach().flatten() for parameter in theta])
report = {
    "backend": "pytorch",
    "adapter": f"PyTorch {torch.__version__}",
    "meta_iterations": t,
    "stopped": stopped,
    "train_seconds": seconds,
    "meta_iterations_per_second": t / seconds if seconds else 0.0,
    "eval": {
        "steps": STEPS,
        "mean_mse": errors.mean(-1).tolist(),
        "ci95": interval.tolist(),
        "median_mse": errors.quantile(0.5, -1).tolist(),
    },
    "theta_sha256": hashlib.sha256(bytes(flat.view(torch.uint8).tolist())).hexdigest(),
}
print(json.dumps(report))
