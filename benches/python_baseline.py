"""The same work in Python: JAX compiled with XLA, and PyTorch, each on one core.

Reads one JSON object a line from standard input and answers each with one on standard output:

    {"open": "jax"}                      -> {"version": ...}
    {"load": {theta, x, y, iterations, steps, batch, alpha, epsilon}} -> {}
    {"theta": 20}                        -> {"theta": [...]} after so many meta-iterations
    {"time": 1.5}                        -> {"iterations": ..., "seconds": ...}

or with {"error": ...}. Subjects are `jax`, `torch-eager` and `torch-compiled`. The minibatches are handed in; when they
are used up they begin anew. theta is flat: for each layer the weights [out][in], then the biases.
"""

import json
import os
import sys
import time

# One core, and libraries that know it before they start.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)
os.environ["JAX_PLATFORMS"] = "cpu"

HIDDEN = 64


def split(numpy, theta):
    """Cuts the flat theta into weights [in][out] and biases."""
    flat = numpy.asarray(theta, numpy.float32)
    parts, at = [], 0
    for fan_in, fan_out in ((1, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)):
        weights = flat[at : at + fan_in * fan_out].reshape(fan_out, fan_in).T
        at += fan_in * fan_out
        parts += [numpy.ascontiguousarray(weights), flat[at : at + fan_out]]
        at += fan_out
    return parts


def join(numpy, parts):
    """The other way round."""
    return numpy.concatenate([numpy.asarray(part).T.ravel() for part in parts]).tolist()


def points(numpy, work, name):
    """x or y as [iteration][step][point][1]."""
    shape = (work["iterations"], work["steps"], work["batch"], 1)
    return numpy.asarray(work[name], numpy.float32).reshape(shape)


class Jax:
    """Reptile in JAX. The loop over meta-iterations is compiled too, so that Python is not in the measurement."""

    def __init__(self):
        import jax
        import numpy

        self.jax, self.numpy = jax, numpy
        self.version = jax.__version__

    def load(self, work):
        jax, numpy = self.jax, self.numpy
        jnp = jax.numpy

        def loss(phi, x, y):
            w1, b1, w2, b2, w3, b3 = phi
            h1 = jnp.tanh(x @ w1 + b1)
            h2 = jnp.tanh(h1 @ w2 + b2)
            return jnp.mean((h2 @ w3 + b3 - y) ** 2)

        def meta_iteration(theta, minibatches):
            phi = theta
            for step in range(work["steps"]):
                gradient = jax.grad(loss)(phi, minibatches[0][step], minibatches[1][step])
                phi = [part - work["alpha"] * g for part, g in zip(phi, gradient)]
            return [part + work["epsilon"] * (p - part) for part, p in zip(theta, phi)], None

        def train(theta, x, y, rounds):
            every = lambda _, theta: jax.lax.scan(meta_iteration, theta, (x, y))[0]
            return jax.lax.fori_loop(0, rounds, every, theta)

        self.train = jax.jit(train)
        self.start = [jnp.asarray(part) for part in split(numpy, work["theta"])]
        self.x, self.y = (jnp.asarray(points(numpy, work, name)) for name in ("x", "y"))
        self.iterations = work["iterations"]

    def theta(self, count):
        return join(self.numpy, self.train(self.start, self.x[:count], self.y[:count], 1))

    def run(self, rounds):
        self.jax.block_until_ready(self.train(self.start, self.x, self.y, rounds))


class Torch:
    """Reptile in PyTorch, gradients by autograd; `compiled` hands a meta-iteration to torch.compile."""

    def __init__(self, compiled):
        import numpy
        import torch

        torch.set_num_threads(1)
        self.torch, self.numpy, self.compiled = torch, numpy, compiled
        self.version = torch.__version__

    def load(self, work):
        torch, numpy = self.torch, self.numpy

        def loss(phi, x, y):
            w1, b1, w2, b2, w3, b3 = phi
            h1 = torch.tanh(torch.addmm(b1, x, w1))
            h2 = torch.tanh(torch.addmm(b2, h1, w2))
            return torch.mean((torch.addmm(b3, h2, w3) - y) ** 2)

        def eager(theta, x, y):
            phi = theta
            for step in range(work["steps"]):
                phi = [part.detach().requires_grad_() for part in phi]
                gradient = torch.autograd.grad(loss(phi, x[step], y[step]), phi)
                with torch.no_grad():
                    phi = torch._foreach_add(phi, gradient, alpha=-work["alpha"])
            with torch.no_grad():
                return torch._foreach_lerp(theta, phi, work["epsilon"])

        def functional(theta, x, y):
            phi = theta
            for step in range(work["steps"]):
                gradient = torch.func.grad(loss)(phi, x[step], y[step])
                phi = [part - work["alpha"] * g for part, g in zip(phi, gradient)]
            return [part + work["epsilon"] * (p - part) for part, p in zip(theta, phi)]

        self.meta_iteration = torch.compile(functional) if self.compiled else eager
        self.start = [torch.from_numpy(part.copy()) for part in split(numpy, work["theta"])]
        x, y = (torch.from_numpy(points(numpy, work, name).copy()) for name in ("x", "y"))
        self.minibatches = list(zip(x, y))
        self.iterations = work["iterations"]

    def train(self, minibatches, rounds):
        theta = self.start
        for _ in range(rounds):
            for x, y in minibatches:
                theta = self.meta_iteration(theta, x, y)
        return theta

    def theta(self, count):
        return join(self.numpy, [part.detach() for part in self.train(self.minibatches[:count], 1)])

    def run(self, rounds):
        self.train(self.minibatches, rounds)


SUBJECTS = {"jax": Jax, "torch-eager": lambda: Torch(False), "torch-compiled": lambda: Torch(True)}


def timed(subject, wanted):
    """Trains for about so many seconds, waiting once, at the end."""
    rounds = 1
    while True:
        begun = time.perf_counter()
        subject.run(rounds)
        seconds = time.perf_counter() - begun
        if seconds >= 0.75 * wanted:
            return {"iterations": rounds * subject.iterations, "seconds": seconds}
        # At most eightfold: the first runs are slow, as they compile.
        rounds = int(rounds * min(8, 1.05 * wanted / seconds)) + 1


def main():
    subject = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "open" in request:
                subject = SUBJECTS[request["open"]]()
                answer = {"version": subject.version}
            elif "load" in request:
                subject.load(request["load"])
                answer = {}
            elif "theta" in request:
                answer = {"theta": subject.theta(request["theta"])}
            else:
                answer = timed(subject, request["time"])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the row's reason
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
