//! “Show me the code”: the present run as a program in `PyTorch`, to read and to run.
//!
//! The program has nothing but what its Config needs, and depends on torch and Python's own library alone. Its random
//! numbers are not those of the lab, so that its θ is another one of the same quality; what it prints has the form of the
//! native runner's report. Parameters of several tasks lie in tensors whose first dimension is the task, so that the tasks
//! of a meta-batch, or of an evaluation, are adapted side by side.

#![expect(clippy::format_push_string, reason = "the text of a program is made once, on a click")]

use crate::domain::activation::Activation;
use crate::domain::adaptation::reported_steps;
use crate::domain::algorithm::Algorithm;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::inner_optimizer::map::Map;
use crate::domain::inner_optimizer::{Inner, InnerOptimizer, InnerState, Optimizer};
use crate::domain::outer_optimizer::{OuterGradient, OuterOptimizer};
use crate::domain::schedule::Schedule;
use crate::domain::task::family::Family;
use crate::domain::task::{TaskDistribution, support_range};

/// The seed of the program's held-out tasks. Of those that torch draws from the usual distribution by this seed, the mean
/// square of y is that of the lab's own, so that the errors of both can be compared.
const HELD_OUT: u64 = 1935;

/// The program of a run.
#[must_use]
pub fn program(config: &Config) -> String {
    let parts = [
        head(config),
        tasks(&config.tasks),
        network(config),
        optimizers(config),
        inner_loop(config),
        minibatches(config),
        evaluation(config),
        outer_loop(config),
        report(config),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A text with values in place of its `$NAME`s.
fn fill(text: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
}

/// A number as Python reads it.
fn number(number: f64) -> String {
    format!("{number:?}")
}

fn head(config: &Config) -> String {
    let what = match config.algorithm {
        Algorithm::Reptile => "Reptile (Nichol, Achiam and Schulman 2018)",
        Algorithm::Fomaml => "First-order MAML (Finn, Abbeel and Levine 2017)",
        Algorithm::Maml => "MAML (Finn, Abbeel and Levine 2017)",
        Algorithm::Joint => "Joint training of one network on all tasks",
        Algorithm::None => "A random start, without any meta-training",
    };
    let trains = config.algorithm.trains();
    let text = r#""""$WHAT, as Reptile Lab runs it.

    python3 program.py [SEED]

needs PyTorch alone. Progress goes to standard error; at the end the program prints how well theta adapts to tasks that
it has not seen: the mean squared error after some gradient steps on $SHOTS points, with its 95 % interval.
"""

import hashlib
import json
import math
import sys
import time

import torch

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else $SEED
torch.set_num_threads(1)  # the network is too small to be shared"#;
    let text = if trains { text } else { &text.replace("Progress goes to standard error; at the end the", "The") };
    fill(
        text,
        &[("WHAT", what.to_owned()), ("SHOTS", config.eval.shots.to_string()), ("SEED", config.seed.to_string())],
    ) + "\n"
}

/// y of amplitude 1, at x and of phase p and frequency f.
fn curve(family: Family) -> &'static str {
    match family {
        Family::Sinusoid => "torch.sin(f * x + p)",
        Family::Line => "torch.sin(p) * x / 5 + torch.cos(p)",
        Family::Quadratic => "torch.sin(p) * (2 * (x / 5) ** 2 - 1) + torch.cos(p) * x / 5",
        Family::Sawtooth => "2 * fraction((f * x + p) / math.tau) - 1",
        Family::Square => "torch.where(fraction((f * x + p) / math.tau) < 0.5, 1.0, -1.0)",
        Family::Triangle => "1 - 4 * (fraction((f * x + p) / math.tau + 0.25) - 0.5).abs()",
    }
}

fn tasks(distribution: &TaskDistribution) -> String {
    let TaskDistribution { amplitude, phase, frequency, noise, x, grid, .. } = distribution;
    let families: Vec<Family> = distribution.families().collect();
    let interval = |[low, high]: &[f64; 2]| format!("uniform({}, {})", number(*low), number(*high));
    let is_periodic = families.iter().any(|family| family.is_periodic());
    let has_fractions =
        families.iter().any(|family| matches!(family, Family::Sawtooth | Family::Square | Family::Triangle));
    let is_mixture = families.len() > 1;
    // A frequency of 1 is no part of the formulas.
    let plain = *frequency == [1.0, 1.0];
    let of = |family: Family| if plain { curve(family).replace("f * x", "x") } else { curve(family).to_owned() };
    let mut names = vec!["a", "p"];
    let mut drawn = vec![interval(amplitude), interval(phase)];
    if is_periodic && !plain {
        names.push("f");
        drawn.push(interval(frequency));
    }
    let support = support_range(distribution);
    let mut support = if support == (0..*grid) {
        "SUPPORT = GRID".to_owned()
    } else {
        format!("SUPPORT = GRID[{}:{}]  # what may be support", support.start, support.end)
    };
    if is_mixture {
        names.push("family");
        let weights = Family::ALL.iter().zip(distribution.weights);
        let weights = weights.filter(|(family, _)| families.contains(family)).map(|(_, weight)| number(weight));
        let weights = weights.collect::<Vec<_>>().join(", ");
        support += &format!("\nWEIGHTS = torch.tensor([{weights}])  # of the families in a mixture");
        drawn.push("torch.multinomial(WEIGHTS, n, True)".to_owned());
    }
    let truth = if is_mixture {
        let curves: Vec<String> = families.iter().map(|family| format!("        {},\n", of(*family))).collect();
        format!(
            "    curves = [\n{}    ]\n    shape = torch.broadcast_shapes(x.shape, p.shape)\n    \
             curves = torch.stack([curve.expand(shape) for curve in curves])\n    \
             return a * curves[family, torch.arange(len(p))]",
            curves.concat()
        )
    } else {
        format!("    return a * ({})", families.first().map(|family| of(*family)).unwrap_or_default())
    };
    let names = names.join(", ");
    let fraction = if has_fractions { "def fraction(turns):\n    return turns - turns.floor()\n\n\n" } else { "" };
    let observe = if *noise > 0.0 {
        fill(
            "\n\n\ndef observe(tasks, x):\n    \"\"\"The same with noise.\"\"\"\n    y = truth(tasks, x)\n    \
             return y + $NOISE * torch.randn_like(y)",
            &[("NOISE", number(*noise))],
        )
    } else {
        "\n\n\nobserve = truth  # without noise".to_owned()
    };
    let text = r#"# Tasks

GRID = torch.linspace($LOW, $HIGH, $POINTS)
$SUPPORT


def sample_tasks(n):
    """n tasks of the distribution, one a row."""
    uniform = lambda low, high: low + (high - low) * torch.rand(n, 1)
    return $DRAWN


$FRACTIONdef truth(tasks, x):
    """y of every task at x: [tasks, points]."""
    $NAMES = tasks
$TRUTH$OBSERVE"#;
    let values = [
        ("LOW", number(x[0])),
        ("HIGH", number(x[1])),
        ("POINTS", grid.to_string()),
        ("SUPPORT", support),
        ("DRAWN", drawn.join(", ")),
        ("FRACTION", fraction.to_owned()),
        ("NAMES", names),
        ("TRUTH", truth),
        ("OBSERVE", observe),
    ];
    fill(text, &values) + "\n"
}

fn network(config: &Config) -> String {
    let activation = match config.model.activation {
        Activation::Tanh => "torch.tanh(z)",
        Activation::Relu => "torch.relu(z)",
        Activation::Sine => "torch.sin(z)",
        Activation::Gelu => "torch.nn.functional.gelu(z, approximate=\"tanh\")",
        Activation::Softplus => "torch.nn.functional.softplus(z)",
    };
    let hidden: Vec<String> = config.model.hidden.iter().map(ToString::to_string).collect();
    let text = r#"# The network: parameters are a list of weights [out, in] and biases [out], layer by layer

WIDTHS = [1, $HIDDEN, 1]


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
        h = $ACTIVATION
    return (h @ phi[-2].mT + phi[-1].unsqueeze(-2)).squeeze(-1)


def mse(phi, x, y):
    """The mean squared error of each task."""
    return ((predict(phi, x) - y) ** 2).mean(-1)


def gradients(phi, x, y, **options):
    """The gradient of each task's error: no task has a part in another's, so that of the sum has them all."""
    return torch.autograd.grad(mse(phi, x, y).sum(), phi, **options)"#;
    fill(text, &[("HIDDEN", hidden.join(", ")), ("ACTIVATION", activation.to_owned())]) + "\n"
}

/// The name of an optimizer's function.
fn step(kind: InnerOptimizer) -> &'static str {
    match kind {
        InnerOptimizer::Sgd | InnerOptimizer::Gd => "gradient_step",
        InnerOptimizer::Momentum => "momentum_step",
        InnerOptimizer::Adam => "adam_step",
        InnerOptimizer::Rmsprop => "rmsprop_step",
        InnerOptimizer::Mapped => "mapped_step",
    }
}

/// The optimizers of inner loop and evaluation, each once.
fn optimizers(config: &Config) -> String {
    let Config { inner, eval, algorithm, .. } = config;
    let inner_kind = algorithm.needs().inner_loop.then_some(inner.optimizer);
    let mut kinds = vec![eval.optimizer(inner).kind];
    kinds.extend(inner_kind.filter(|kind| step(*kind) != step(kinds[0])));
    let functions: Vec<String> = kinds.into_iter().map(|kind| optimizer(kind, inner)).collect();
    format!(
        "# Optimizers: phi after one step; `state` is a dictionary that is empty at first\n\n\n{}\n",
        functions.join("\n\n\n")
    )
}

fn optimizer(kind: InnerOptimizer, inner: &Inner) -> String {
    let text = match (kind, inner.map) {
        (InnerOptimizer::Sgd | InnerOptimizer::Gd, _) | (InnerOptimizer::Mapped, Map::Identity) => {
            "    return [p - alpha * g for p, g in zip(phi, grads)]"
        }
        (InnerOptimizer::Momentum, _) => {
            "    v = state.get(\"v\", [0.0] * len(phi))
    v = state[\"v\"] = [$MU * v + g for v, g in zip(v, grads)]
    return [p - alpha * v for p, v in zip(phi, v)]"
        }
        (InnerOptimizer::Adam, _) => {
            "    t = state[\"t\"] = state.get(\"t\", 0) + 1
    m, v = state.get(\"m\", [0.0] * len(phi)), state.get(\"v\", [0.0] * len(phi))
    m = state[\"m\"] = [$BETA1 * m + (1 - $BETA1) * g for m, g in zip(m, grads)]
    v = state[\"v\"] = [$BETA2 * v + (1 - $BETA2) * g * g for v, g in zip(v, grads)]
    root = [(s / (1 - $BETA2**t)).sqrt() + $EPSILON for s in v]
    return [p - alpha * m / (1 - $BETA1**t) / r for p, m, r in zip(phi, m, root)]"
        }
        (InnerOptimizer::Rmsprop, _) => {
            "    v = state.get(\"v\", [0.0] * len(phi))
    v = state[\"v\"] = [$RHO * v + (1 - $RHO) * g * g for v, g in zip(v, grads)]
    return [p - alpha * g / (v.sqrt() + $EPSILON) for p, g, v in zip(phi, grads, v)]"
        }
        (InnerOptimizer::Mapped, Map::Asinh) => {
            "    # Gradient descent in y = asinh(phi), whose slope is 1/√(1 + phi²).
    return [torch.sinh(torch.asinh(p) - alpha * g * (1 + p * p).sqrt()) for p, g in zip(phi, grads)]"
        }
        (InnerOptimizer::Mapped, Map::Cubic) => {
            "    # Gradient descent in y = phi + phi³, whose slope is 1 + 3·phi²; then the one real root (Cardano).
    y = [p + p**3 - alpha * g / (1 + 3 * p * p) for p, g in zip(phi, grads)]
    scale = 2 / math.sqrt(3)
    return [scale * torch.sinh(torch.asinh(3 * y / scale) / 3) for y in y]"
        }
    };
    let values = [
        ("MU", number(inner.momentum)),
        ("BETA1", number(inner.beta1)),
        ("BETA2", number(inner.beta2)),
        ("EPSILON", number(inner.epsilon)),
        ("RHO", number(inner.decay)),
    ];
    format!("def {}(phi, grads, alpha, state):\n{}", step(kind), fill(text, &values))
}

fn inner_loop(config: &Config) -> String {
    let needs = config.algorithm.needs();
    if !needs.inner_loop {
        return String::new();
    }
    let body = if needs.second_derivatives {
        "    for x, y in batches:
        # The graph is kept: the outer gradient goes back through these steps.
        phi = $STEP(phi, gradients(phi, x, y, create_graph=True), $ALPHA, state)
    return phi"
    } else {
        "    for x, y in batches:
        phi = [p.detach().requires_grad_() for p in phi]
        phi = $STEP(phi, gradients(phi, x, y), $ALPHA, state)
    return [p.detach() for p in phi]"
    };
    let values = [("STEP", step(config.inner.optimizer).to_owned()), ("ALPHA", number(config.inner.learning_rate))];
    let head = "# The inner loop\n\n\ndef inner_loop(phi, batches, state):\n    \"\"\"phi after one step on each of the batches.\"\"\"\n";
    head.to_owned() + &fill(body, &values) + "\n"
}

fn minibatches(config: &Config) -> String {
    let needs = config.algorithm.needs();
    if !config.algorithm.trains() {
        return String::new();
    }
    let Inner { steps, batch, optimizer, .. } = config.inner;
    if !needs.inner_loop {
        let text = r#"# Points to train on


def training_points(tasks):
    """$BATCH points of each task, x and y, without repeats."""
    x = GRID[torch.rand(len(tasks[0]), len(GRID)).argsort(-1)[:, :$BATCH]]
    return x, observe(tasks, x)"#;
        return fill(text, &[("BATCH", batch.to_string())]) + "\n";
    }
    let is_full_batch = optimizer == InnerOptimizer::Gd;
    let drawn = if is_full_batch { batch } else { steps * batch };
    let grid = config.tasks.grid;
    let support = support_range(&config.tasks);
    let (outside, unused) = (grid - support.len(), support.len().saturating_sub(drawn));
    let mut lines = vec!["    n = len(tasks[0])".to_owned()];
    let rounds = drawn.div_ceil(support.len());
    if rounds == 1 {
        lines.push("    order = torch.rand(n, len(SUPPORT)).argsort(-1)".to_owned());
    } else {
        lines.push(format!(
            "    order = torch.cat([torch.rand(n, len(SUPPORT)).argsort(-1) for _ in range({rounds})], -1)"
        ));
    }
    lines.push(format!("    x = SUPPORT[order[:, :{drawn}]]"));
    lines.push("    y = observe(tasks, x)".to_owned());
    lines.push(if is_full_batch {
        format!("    batches = [(x, y)] * {steps}  # the full batch at every step")
    } else {
        format!("    batches = list(zip(x.split({batch}, -1), y.split({batch}, -1)))")
    });
    let mut result = "batches";
    if needs.query {
        result = "batches, (x, observe(tasks, x))";
        lines.push("    # The query: points that phi has not seen.".to_owned());
        if outside == 0 && unused >= batch {
            lines.push(format!("    x = SUPPORT[order[:, {drawn}:{}]]", drawn + batch));
        } else {
            let of_grid = batch.min(outside + unused);
            let mut pool = vec![];
            if unused > 0 {
                pool.push(format!("SUPPORT[order[:, {drawn}:]]"));
            }
            if outside > 0 {
                let outside = format!("torch.cat([GRID[:{}], GRID[{}:]])", support.start, support.end);
                pool.push(format!("{outside}.expand(n, -1)"));
            }
            let mut parts = vec![];
            if of_grid > 0 {
                lines.push(format!("    left = torch.cat([{}], -1)", pool.join(", ")));
                lines.push(format!("    left = left.gather(-1, torch.rand(left.shape).argsort(-1))[:, :{of_grid}]"));
                parts.push("left".to_owned());
            }
            if of_grid < batch {
                let [low, high] = config.tasks.x;
                let (low, width) = (number(low), number(high - low));
                parts.push(format!("{low} + {width} * torch.rand(n, {})", batch - of_grid));
            }
            lines.push(format!("    x = torch.cat([{}], -1)", parts.join(", ")));
        }
    }
    let what = if is_full_batch {
        format!("The same {batch} points of each task for all {steps} steps")
    } else {
        let many = if steps == 1 { "minibatch" } else { "minibatches" };
        format!("{steps} {many} of {batch} points of each task, without repeats until all have been used")
    };
    let query = if needs.query { ", and a query" } else { "" };
    format!(
        "# Points to train on\n\n\ndef minibatches(tasks):\n    \"\"\"{what}{query}.\"\"\"\n{}\n    return {result}\n",
        lines.join("\n")
    )
}

fn evaluation(config: &Config) -> String {
    let eval = &config.eval;
    let steps: Vec<String> = reported_steps(eval.steps).iter().map(ToString::to_string).collect();
    let text = r#"# Evaluation on held-out tasks

STEPS = [$STEPS]


def held_out(n, seed):
    """n tasks and $SHOTS shots of each, the same in every run."""
    torch.manual_seed(seed)
    tasks = sample_tasks(n)
    x = SUPPORT[torch.rand(n, len(SUPPORT)).argsort(-1)[:, :$SHOTS]]
    return tasks, x, observe(tasks, x)


def evaluate(theta, tasks, x, y):
    """The error of each task on the whole grid after so many STEPS on its shots: [steps, tasks]."""
    grid = GRID.expand(len(x), -1)
    phi, state, errors = for_tasks(theta, len(x)), {}, []
    for s in range(STEPS[-1] + 1):
        phi = [p.detach().requires_grad_() for p in phi]
        if s in STEPS:
            errors.append(mse(phi, grid, truth(tasks, grid)).detach())
        phi = $STEP(phi, gradients(phi, x, y), $ALPHA, state)
    return torch.stack(errors).double()"#;
    let values = [
        ("STEPS", steps.join(", ")),
        ("SHOTS", eval.shots.to_string()),
        ("STEP", step(eval.optimizer(&config.inner).kind).to_owned()),
        ("ALPHA", number(eval.learning_rate)),
    ];
    fill(text, &values) + "\n"
}

fn outer_loop(config: &Config) -> String {
    let Config { algorithm, inner, outer, .. } = config;
    let held_out = format!("HELD_OUT = held_out({}, seed={HELD_OUT})\n", config.eval.tasks);
    let begin = "torch.manual_seed(SEED)\ntheta = random_start()\n";
    if !algorithm.trains() {
        return format!("# No training\n\n{held_out}{begin}t, stopped, seconds = 0, None, 0.0\n");
    }
    let goes_by_checks = outer.schedule.goes_by_checks();
    let [stops_by_norm, stops_by_patience] = [outer.stop.update > 0.0, outer.stop.patience > 0];
    let has_checks = goes_by_checks || stops_by_norm || stops_by_patience;
    let mut text = format!("# The outer loop\n\nITERATIONS = {}\n{held_out}", outer.iterations);
    if has_checks {
        text += "CHECKED = held_out(50, seed=1)  # tasks of their own for the checks on the way\n";
    }
    text += begin;
    let factors = config.layer_factors();
    let has_factors = !outer.layers.is_empty();
    let is_plain = outer.optimizer == OuterOptimizer::Sgd;
    if !is_plain || algorithm.outer_gradient() == OuterGradient::Given {
        text += "theta = [parameter.requires_grad_() for parameter in theta]\n";
    }
    if has_factors {
        // Of weights and biases.
        let list: Vec<String> = factors.iter().flat_map(|factor| [number(*factor), number(*factor)]).collect();
        text += &format!("FACTORS = [{}]  # of epsilon, for each parameter\n", list.join(", "));
    }
    if !is_plain {
        let groups = if has_factors { "[{\"params\": [parameter]} for parameter in theta]" } else { "theta" };
        text += &match outer.optimizer {
            OuterOptimizer::Momentum => {
                format!("outer = torch.optim.SGD({groups}, lr={}, momentum=0.9)\n", number(outer.step_size))
            }
            OuterOptimizer::Adam | OuterOptimizer::Sgd => format!(
                "outer = torch.optim.Adam({groups}, lr={}, betas=(0.9, 0.999), eps=1e-8)\n",
                number(outer.step_size)
            ),
        };
    }
    let carries = inner.state == InnerState::Carry && Optimizer::of(inner).keeps_state() && algorithm.can_carry_state();
    if carries {
        text += "state = {}  # of the inner optimizer, carried from task to task\n";
    }
    if has_checks {
        text += "best, stale = math.inf, 0\n";
    }
    if goes_by_checks {
        text += "factor = 1.0  # of epsilon\n";
    }
    text += "stopped = None\nbegun = time.perf_counter()\n\nfor t in range(ITERATIONS):\n";
    if has_checks {
        text += &checks(config);
    }
    text += &format!("    tasks = sample_tasks({})\n", outer.meta_batch);
    text += &outer_gradient(config, if carries { "state" } else { "{}" });
    if stops_by_norm {
        text += "    norm = math.sqrt(sum(float((g * g).sum()) for g in outer_gradient))\n";
    }
    let epsilon = number(outer.step_size);
    text += &match outer.schedule {
        Schedule::Constant => format!("    epsilon = {epsilon}\n"),
        Schedule::Linear => format!("    epsilon = {epsilon} * (1 - t / ITERATIONS)\n"),
        Schedule::Cosine => format!("    epsilon = {epsilon} * (1 + math.cos(math.pi * t / ITERATIONS)) / 2\n"),
        Schedule::Adaptive => format!("    epsilon = {epsilon} * factor\n"),
    };
    text += match (is_plain, algorithm.outer_gradient(), has_factors) {
        (true, OuterGradient::FromPhi, false) => {
            "    theta = [p + epsilon * (q.mean(0) - p) for p, q in zip(theta, phi)]\n"
        }
        (true, OuterGradient::FromPhi, true) => {
            "    theta = [p + epsilon * f * (q.mean(0) - p) for p, q, f in zip(theta, phi, FACTORS)]\n"
        }
        (true, OuterGradient::Given, false) => {
            "    theta = [(p - epsilon * g).detach().requires_grad_() for p, g in zip(theta, outer_gradient)]\n"
        }
        (true, OuterGradient::Given, true) => {
            "    theta = [
        (p - epsilon * f * g).detach().requires_grad_() for p, g, f in zip(theta, outer_gradient, FACTORS)
    ]\n"
        }
        (false, _, false) => {
            "    outer.param_groups[0][\"lr\"] = epsilon
    for parameter, gradient in zip(theta, outer_gradient):
        parameter.grad = gradient
    outer.step()\n"
        }
        (false, _, true) => {
            "    for group, parameter, gradient, f in zip(outer.param_groups, theta, outer_gradient, FACTORS):
        group[\"lr\"], parameter.grad = epsilon * f, gradient
    outer.step()\n"
        }
    };
    text + "    if (t + 1) % max(ITERATIONS // 10, 1) == 0:
        print(f\"{t + 1} of {ITERATIONS} meta-iterations\", file=sys.stderr)
else:
    t = ITERATIONS
seconds = time.perf_counter() - begun\n"
}

/// What a meta-iteration makes of its tasks.
fn outer_gradient(config: &Config, state: &str) -> String {
    let Config { algorithm, outer, .. } = config;
    let n = outer.meta_batch;
    match algorithm {
        Algorithm::Reptile => {
            let mut text = format!("    phi = inner_loop(for_tasks(theta, {n}), minibatches(tasks), {state})\n");
            if outer.optimizer != OuterOptimizer::Sgd || outer.stop.update > 0.0 {
                text += "    outer_gradient = [p.detach() - q.mean(0) for p, q in zip(theta, phi)]\n";
            }
            text
        }
        Algorithm::Fomaml => format!(
            "    batches, query = minibatches(tasks)
    phi = [p.requires_grad_() for p in inner_loop(for_tasks(theta, {n}), batches, {state})]
    outer_gradient = [g.mean(0) for g in gradients(phi, *query)]  # as if phi were theta\n"
        ),
        Algorithm::Maml => format!(
            "    batches, query = minibatches(tasks)
    phi = inner_loop(for_tasks(theta, {n}), batches, {{}})
    outer_gradient = torch.autograd.grad(mse(phi, *query).mean(), theta)\n"
        ),
        Algorithm::Joint | Algorithm::None => format!(
            "    outer_gradient = torch.autograd.grad(mse(for_tasks(theta, {n}), *training_points(tasks)).mean(), theta)\n"
        ),
    }
}

/// The checks on the way, as `early_stopping` has them.
fn checks(config: &Config) -> String {
    let outer = &config.outer;
    let interval = (outer.iterations / 100).max(10);
    let mut text = format!(
        "    if t > 0 and t % {interval} == 0:
        error = float(evaluate(theta, *CHECKED)[-1].mean())
        if error < 0.99 * best:
            best, stale = error, 0\n"
    );
    if outer.schedule.goes_by_checks() {
        text += "            factor = min(1.1 * factor, 1.0)\n";
    }
    text += "        else:\n            stale += 1\n";
    if outer.schedule.goes_by_checks() {
        text += "            if stale % 5 == 0:\n                factor = max(factor / 2, 1 / 1024)\n";
    }
    if outer.stop.update > 0.0 {
        text += &format!(
            "        if norm < {}:\n            stopped = \"update\"\n            break\n",
            number(outer.stop.update)
        );
    }
    if outer.stop.patience > 0 {
        text += &format!(
            "        if stale >= {}:\n            stopped = \"patience\"\n            break\n",
            outer.stop.patience
        );
    }
    text
}

fn report(config: &Config) -> String {
    let text = r#"# The result

errors = evaluate(theta, *HELD_OUT)
interval = 1.96 * errors.std(-1) / math.sqrt($TASKS)
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
print(json.dumps(report))"#;
    fill(text, &[("TASKS", config.eval.tasks.to_string())]) + "\n"
}
