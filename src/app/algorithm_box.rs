//! The algorithm beside a meta-iteration on two tasks: each line as the paper has it, and with the numbers of now in
//! place of its symbols.

use super::formatting::{count, decimal, error};
use super::formula;
use super::two_tasks::{Line, Stage, steps};
use crate::domain::choice::Named;
use crate::domain::inner_optimizer::{Inner, InnerOptimizer};
use crate::engine::protocol::{OfTask, TwoTasks};
use crate::i18n::{Locale, message};

/// The meta-iteration that the box is about.
#[derive(Clone, Copy, Debug)]
pub struct AlgorithmBox<'a> {
    /// What the engine made of it.
    pub two: &'a TwoTasks,
    /// How many stages of it are behind.
    pub number: usize,
    /// The inner loop.
    pub inner: &'a Inner,
    /// Where θ comes from, in words.
    pub source: &'a str,
}

impl AlgorithmBox<'_> {
    /// A line in symbols.
    #[must_use]
    pub fn symbols(&self, line: Line, locale: Locale) -> String {
        match line {
            Line::Initialise => locale.algorithm_initialise().to_owned(),
            Line::Repeat => locale.algorithm_repeat().to_owned(),
            Line::Sample => locale.algorithm_sample().to_owned(),
            Line::ForEach => locale.algorithm_for_each().to_owned(),
            Line::Step => match self.inner.optimizer {
                InnerOptimizer::Sgd | InnerOptimizer::Gd => locale.algorithm_step().to_owned(),
                optimizer => locale.format(message::AlgorithmStepOf { optimizer: optimizer.label(locale) }),
            },
            Line::Update => locale.algorithm_update().to_owned(),
        }
    }

    /// What is known of a line so far, in numbers; nothing before it is carried out.
    #[must_use]
    pub fn values(&self, line: Line, locale: Locale) -> Vec<String> {
        let Self { two, number, .. } = *self;
        let (k, stage) = (steps(two), Stage::of(number, steps(two)));
        let [first, second] = [&two.tasks[0], &two.tasks[1]];
        match line {
            Line::Initialise => vec![self.source.to_owned()],
            Line::Repeat => vec![locale.format(message::AlgorithmIteration { iteration: count(two.number + 1) })],
            Line::Sample => {
                let task = |of_task: &OfTask| formula::of_task(&of_task.task, locale, |value| decimal(value, 2));
                vec![format!("τ₁: {}", task(first)), format!("τ₂: {}", task(second))]
            }
            Line::ForEach => vec![format!("k = {k}")],
            Line::Step => {
                let step = number.min(k);
                let mut values = vec![format!("α = {}", decimal(self.inner.learning_rate, 6))];
                if step > 0 {
                    values.push(locale.format(message::AlgorithmStepCount { step, steps: k }));
                    for (index, OfTask { before, .. }) in ["₁", "₂"].into_iter().zip([first, second]) {
                        let [from, to] = [0, step].map(|step| error(before.mse[step]));
                        values.push(locale.format(message::AlgorithmErrors { index, from, to }));
                    }
                }
                values
            }
            Line::Update => self.update(stage, locale),
        }
    }

    /// The outer update so far.
    fn update(&self, stage: Stage, locale: Locale) -> Vec<String> {
        let TwoTasks { tasks, cosine, to_mean, moved, step_size, .. } = self.two;
        let step_size = format!("ε = {}", decimal(*step_size, 4));
        let mean = locale.format(message::AlgorithmMean { distance: decimal(*to_mean, 3) });
        match stage {
            Stage::Sample | Stage::Step(_) => vec![step_size],
            Stage::Compare => {
                let length =
                    |index: usize| format!("‖φ{} − θ‖ = {}", ["₁", "₂"][index], decimal(tasks[index].distance, 3));
                let degrees = format!("{:.0}", cosine.clamp(-1.0, 1.0).acos().to_degrees());
                vec![step_size, length(0), length(1), locale.format(message::AlgorithmAngle { degrees })]
            }
            Stage::Mean => vec![step_size, mean],
            Stage::Move => {
                let again = |index: usize| {
                    let ends = [&tasks[index].before, &tasks[index].after].map(|inner| inner.mse.last().copied());
                    let [from, to] = ends.map(|mse| error(mse.unwrap_or(f64::NAN)));
                    locale.format(message::AlgorithmAgain { index: ["₁", "₂"][index], from, to })
                };
                vec![step_size, mean, format!("‖θ′ − θ‖ = {}", decimal(*moved, 3)), again(0), again(1)]
            }
        }
    }
}
