//! The meta-learning algorithms, and what each of them needs.
//!
//! All have the same two halves: something of every task of a meta-batch, and an update of θ by the mean of it. For
//! Reptile it is φ; for MAML, its first-order version and joint training it is a gradient.

pub mod meta_batches;
pub mod meta_iteration;

use super::choice::choices;
use super::inner_optimizer::Inner;
use super::outer_optimizer::{Outer, OuterGradient, OuterOptimizer};
use super::schedule::Schedule;

choices! {
    /// The meta-learning algorithm. Each has a θ of its own: see `Config::trains_as`.
    pub enum Algorithm {
        /// Reptile (Nichol, Achiam and Schulman 2018), serial or batched by `outer.meta_batch`: g = θ − mean φ.
        Reptile => "reptile", word_reptile;
        /// First-order MAML (Finn, Abbeel and Levine 2017): g = mean ∇L(φ) on points that φ has not seen.
        Fomaml => "fomaml", word_fomaml;
        /// MAML (Finn, Abbeel and Levine 2017): the same gradient with respect to θ, through the inner loop.
        Maml => "maml", word_maml;
        /// Joint training: g = mean ∇L(θ), which makes θ fit the average of all tasks.
        Joint => "joint", word_joint;
        /// No meta-training: θ stays the random start.
        None => "none", word_none;
    }
}

/// What an algorithm does with one task of a meta-batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// k steps of the inner loop, from θ to φ.
    pub inner_loop: bool,
    /// One minibatch more, the query set, and the gradient of the loss on it: the outer gradient is the mean of those.
    pub query: bool,
    /// Second derivatives: the gradient is taken through the inner loop, whose optimizer begins every task without state.
    pub second_derivatives: bool,
}

impl Algorithm {
    /// What it needs of one task.
    #[must_use]
    pub fn needs(self) -> Needs {
        let needs = |inner_loop, query, second_derivatives| Needs { inner_loop, query, second_derivatives };
        match self {
            Self::Reptile => needs(true, false, false),
            Self::Fomaml => needs(true, true, false),
            Self::Maml => needs(true, true, true),
            Self::Joint => needs(false, true, false),
            Self::None => needs(false, false, false),
        }
    }

    /// Whether it changes θ.
    #[must_use]
    pub fn trains(self) -> bool {
        let Needs { inner_loop, query, .. } = self.needs();
        inner_loop || query
    }

    /// Whether the inner optimizer's state can go on from one meta-batch to the next.
    #[must_use]
    pub fn can_carry_state(self) -> bool {
        let Needs { inner_loop, second_derivatives, .. } = self.needs();
        inner_loop && !second_derivatives
    }

    /// What the mean over a meta-batch is to the outer update.
    #[must_use]
    pub fn outer_gradient(self) -> OuterGradient {
        if self.needs().query { OuterGradient::Given } else { OuterGradient::FromPhi }
    }

    /// Its usual settings: the paper's for those that need no gradient of a query set; for the others one inner step and
    /// Adam with rate 0.001 on the gradients of five tasks, 10,000 times.
    #[must_use]
    pub fn usual_settings(self) -> (Inner, Outer) {
        match self.outer_gradient() {
            OuterGradient::FromPhi => (Inner::default(), Outer::default()),
            OuterGradient::Given => (
                Inner { steps: 1, ..Inner::default() },
                Outer {
                    optimizer: OuterOptimizer::Adam,
                    step_size: 0.001,
                    schedule: Schedule::Constant,
                    meta_batch: 5,
                    iterations: 10_000,
                    ..Outer::default()
                },
            ),
        }
    }
}
